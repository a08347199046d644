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

    columns("legal_request", "id", kId),
    columns("legal_request", "subject_id",
            {.category = kPersonNumber,
             .retention = kProof,
             .erasure = kKeep,
             .note = "whom a demand was about; leads to nobody once the person's row is gone; what was given is exported with the ledger"}),
    columns("legal_request", "authority act_number norm scope gag_until registered_at",
            {.category = kDisclosure,
             .retention = kProof,
             .erasure = kKeep,
             .note = "proof of what was demanded, by whom and by which law; the act may forbid telling of it"}),
    columns("legal_request", "registered_by",
            {.category = kPersonNumber,
             .subject = Subject::kOperator,
             .retention = kProof,
             .erasure = kKeep,
             .note = "which operator answers for it"}),
    columns("legal_approval", "id request_id", kId),
    columns("legal_approval", "approved_by at",
            {.category = kPersonNumber,
             .subject = Subject::kOperator,
             .retention = kProof,
             .erasure = kKeep,
             .note = "which operator answers for it"}),
    columns("legal_output", "id request_id disclosure_id", kId),
    columns("legal_output", "given_by",
            {.category = kPersonNumber,
             .subject = Subject::kOperator,
             .retention = kProof,
             .erasure = kKeep,
             .note = "which operator answers for it"}),
    columns("legal_output", "given at",
            {.category = kDisclosure,
             .retention = kProof,
             .erasure = kKeep,
             .note = "proof of which kinds of data were given, never their values; exported with the ledger"}),
    columns("legal_end", "id request_id", kId),
    columns("legal_end", "ended_by how at",
            {.category = kPersonNumber,
             .subject = Subject::kOperator,
             .retention = kProof,
             .erasure = kKeep,
             .note = "which operator answers for it"}),

    columns("incident", "id", kId),
    columns("incident", "what kinds noticed_at expires_at registered_at", kMachine,
            "what happened to the server, by kinds of data and never by person"),
    columns("incident", "registered_by",
            {.category = kPersonNumber,
             .subject = Subject::kOperator,
             .retention = kProof,
             .erasure = kKeep,
             .note = "which operator answers for it"}),
    columns("incident_step", "id incident_id", kId),
    columns("incident_step", "step at", kState),
    columns("incident_step", "taken_by",
            {.category = kPersonNumber,
             .subject = Subject::kOperator,
             .retention = kProof,
             .erasure = kKeep,
             .note = "which operator answers for it"}),
});

// A ticket goes a year after it was closed, what hangs on it first.
constexpr std::string_view kOfClosed = "ticket_id in (select id from ticket where closed_at < $1)";
constexpr auto kEnds = std::to_array<Ends>({
    {kTicket, "ticket_visit", kOfClosed},
    {kTicket, "ticket_access", kOfClosed},
    {kTicket, "ticket_message", kOfClosed},
    {kTicket, "ticket", "closed_at < $1"},
    {kProof, "legal_output", "at < $1"},
    {kProof, "legal_approval", "at < $1"},
    {kProof, "legal_end", "at < $1"},
    {kProof, "legal_request",
     "registered_at < $1 and not exists (select 1 from legal_output o where o.request_id = legal_request.id) and not exists "
     "(select 1 from legal_approval a where a.request_id = legal_request.id) and not exists (select 1 from legal_end e where "
     "e.request_id = legal_request.id)"},
    {kProof, "incident_step", "at < $1"},
    {kProof, "incident",
     "registered_at < $1 and not exists (select 1 from incident_step s where s.incident_id = incident.id)"},
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
