#include "care/personal_data.hpp"

namespace postmypost::care {
namespace {

using enum Category;
using enum Kept;
using enum Retention;
using enum Erasure;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("notice_seen", "user_id", {.category = kPersonNumber, .exported = "person.json"}),
    columns("ticket", "id", kId),
    columns("ticket", "user_id", {.category = kPersonNumber, .retention = kTicket, .exported = "tickets.json"}),
    columns("ticket", "topic clause", {.category = kQuestion, .retention = kTicket, .exported = "tickets.json"}),
    columns("ticket", "state", kState),
    columns("ticket", "opened_at answered_at closed_at",
            {.category = kActivity, .retention = kTicket, .exported = "tickets.json"}),
    columns("ticket", "due_at", kTime),

    columns("ticket_message", "id ticket_id number", kId),
    columns("ticket_message", "side", kState),
    columns("ticket_message", "author_id",
            {.category = kPersonNumber, .retention = kTicket, .note = "the person, or the operator who answered"}),
    columns("ticket_message", "text",
            {.category = kQuestion,
             .kept = kSealed,
             .retention = kTicket,
             .erasure = kShredKey,
             .exported = "tickets.json"}),
    columns("ticket_message", "at", {.category = kActivity, .retention = kTicket, .exported = "tickets.json"}),

    columns("ticket_access", "id ticket_id project_id", kId),
    columns("ticket_access", "given_at expires_at ended_at",
            {.category = kActivity, .retention = kTicket, .exported = "tickets.json"}),

    columns("ticket_visit", "id ticket_id project_id disclosure_id", kId),
    columns("ticket_visit", "day", {.category = kDisclosure, .retention = kTicket, .exported = "tickets.json"}),

    columns("notice_seen", "until", {.category = kActivity, .exported = "person.json"}),
});

// A ticket goes a year after it was closed, what hangs on it first.
constexpr std::string_view kOfClosed = "ticket_id in (select id from ticket where closed_at < $1)";
constexpr auto kEnds = std::to_array<Ends>({
    {kTicket, "ticket_visit", kOfClosed},
    {kTicket, "ticket_access", kOfClosed},
    {kTicket, "ticket_message", kOfClosed},
    {kTicket, "ticket", "closed_at < $1"},
});

constexpr auto kSealedColumns = std::to_array<SealedColumn>({
    {"ticket_message", "text", KeyScope::kUser, "(select t.user_id from ticket t where t.id = ticket_id)"},
});

constexpr auto kBelongs = std::to_array<Belongs>({
    {"ticket_visit", Owner::kPerson, "ticket_id in (select id from ticket where user_id = $1)"},
    {"ticket_access", Owner::kPerson, "ticket_id in (select id from ticket where user_id = $1)"},
    {"ticket_message", Owner::kPerson, "ticket_id in (select id from ticket where user_id = $1)"},
    {"ticket", Owner::kPerson, "user_id = $1"},
    {"notice_seen", Owner::kPerson, "user_id = $1"},
});

}  // namespace

constinit const PersonalData kPersonalData{"care", kDeclared, kEnds, kSealedColumns, kBelongs};

}  // namespace postmypost::care
