#include "journal/personal_data.hpp"

namespace postmypost::journal {
namespace {

using enum Category;
using enum Kept;
using enum Retention;
using enum Erasure;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    items(
        Medium::kFile, "journal*/journal-*",
        {.category = kProfile,
         .kept = kSealed,
         .retention = kJournal,
         .erasure = kShredKey,
         .note = "the network's id and address of a post; beside it numbers and digests of deliveries, for the engine "
                 "only"}),
    items(Medium::kFile, "journal*/reserve journal*/lock", kMachine),
});

}  // namespace

constinit const PersonalData kPersonalData{"journal", kDeclared};

}  // namespace postmypost::journal
