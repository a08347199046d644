#include "pages/personal_data.hpp"

namespace postmypost::pages {
namespace {

using enum Category;
using enum Kept;
using enum Retention;
using enum Erasure;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("page", "id account_id", kId),
    columns("page", "handle",
            {.category = kPublished,
             .retention = kServer,
             .erasure = kKeep,
             .exported = "pages.json",
             .note = "stays taken, so that old links never show somebody else's posts"}),
    columns("page", "title", {.category = kPublished, .retention = kPage, .exported = "pages.json"}),
    columns("page", "language", {.category = kPublished, .exported = "pages.json"}),
    columns("page", "visibility", kState),
    columns("page", "tag_authority", kMachine),
    columns("page", "created_at updated_at", {.category = kActivity, .exported = "pages.json"}),

    columns("page_entry", "id page_id delivery_uid", kId),
    columns("page_entry", "content published_at",
            {.category = kPublished, .subject = Subject::kMentioned, .retention = kPage, .exported = "pages.json"}),

    columns("page_picture", "entry_id original_blob thumbnail_blob", kId),
    columns("page_picture", "position mime width height bytes", kMeasure),
    columns("page_picture", "alt",
            {.category = kPublished, .subject = Subject::kMentioned, .retention = kPage, .exported = "pages.json"}),
});

constexpr auto kBelongs = std::to_array<Belongs>({
    {"page_picture", Owner::kAccount,
     "entry_id in (select e.id from page_entry e join page p on p.id = e.page_id where p.account_id = $1)"},
    {"page_entry", Owner::kAccount, "page_id in (select id from page where account_id = $1)"},
    {"page", Owner::kAccount, "account_id = $1", "title = '', visibility = 'private'"},
});

}  // namespace

constinit const PersonalData kPersonalData{"pages", kDeclared, {}, {}, kBelongs};

}  // namespace postmypost::pages
