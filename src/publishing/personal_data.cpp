#include "publishing/personal_data.hpp"

namespace postmypost::publishing {
namespace {

using enum Category;
using enum Kept;
using enum Retention;
using enum Erasure;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("delivery", "id project_id publication_id account_id uid disclosure_id", kId),
    columns("delivery", "channel", {.category = kProfile, .retention = kPublication, .exported = "publications.json"}),
    columns("delivery", "state reason late_policy generation epoch tries absences last_error", kState),
    columns("delivery", "due sent_at created_at",
            {.category = kActivity, .retention = kPublication, .exported = "publications.json"}),
    columns("delivery", "ready_at frozen_at", kTime),
    columns("delivery", "text_digest content_digest",
            {.category = kContent,
             .kept = kHashed,
             .retention = kPublication,
             .note = "tells the same text from another; the text itself is exported"}),
    columns("delivery", "progress",
            {.category = kProfile,
             .retention = kPublication,
             .note = "ids that a network gave to uploads, without texts or secrets; of no use to its person"}),
    columns("delivery", "remote_id permalink",
            {.category = kProfile,
             .retention = kPublication,
             .erasure = kNull,
             .exported = "publications.json",
             .note = "not sealed: the address of a post that the network shows"}),

    columns("attempt", "id delivery_id", kId),
    columns("attempt", "generation epoch step phase outcome", kState),
    columns(
        "attempt", "request_digest",
        {.category = kContent, .kept = kHashed, .retention = kAttempts, .note = "tells the same request from another"}),
    columns("attempt", "intent_at gate_at closed_at", kTime),

    columns("delivery_event", "id delivery_id", kId),
    columns("delivery_event", "at", {.category = kActivity, .retention = kAttempts, .exported = "publications.json"}),
    columns("delivery_event", "from_state to_state code params", kState),

    columns("lane", "*", kState, "whose turn it is among deliveries, by number of account"),
    columns("lane_wait", "*", kState, "why an account waits: code and time"),
    columns("delivery_crash", "*", kState),
    columns("breaker", "*", kState, "hosts that fail"),
    columns("outbox", "*", kMachine, "what changed, by number, for the program's own parts"),
    columns("engine", "*", kMachine),
    columns("engine_pause", "*", kMachine),
    columns("worker", "*", kMachine, "processes, by host and process number"),
    columns("zone_rules", "*", kMachine, "time zone data of the machine"),
    items(Medium::kFile, "journal*/at-work", kId, "uids of deliveries at work, for after a crash"),
});

// The delivery itself stays as the summary: when it was sent, where it is, what became of it.
constexpr auto kEnds = std::to_array<Ends>({
    {kAttempts, "attempt",
     "phase = 'closed' and closed_at < $1 and exists (select 1 from delivery d where d.id = delivery_id and d.state in "
     "('published', 'failed', 'expired', 'cancelled'))"},
    {kAttempts, "delivery_event",
     "at < $1 and exists (select 1 from delivery d where d.id = delivery_id and d.state in ('published', 'failed', "
     "'expired', 'cancelled'))"},
    {kAnswer, "outbox", "at < $1"},
});

constexpr auto kBelongs = std::to_array<Belongs>({
    {"page_picture", Owner::kPublication,
     "entry_id in (select e.id from page_entry e join delivery d on d.uid = e.delivery_uid where d.publication_id = $1)"},
    {"page_entry", Owner::kPublication, "delivery_uid in (select uid from delivery where publication_id = $1)"},
    {"delivery", Owner::kAccount, "account_id = $1", "remote_id = null, permalink = null, progress = '{}'", true},
    {"lane", Owner::kAccount, "account_id = $1"},
    {"lane_wait", Owner::kAccount, "account_id = $1"},
    {"delivery_crash", Owner::kPublication, "delivery_id in (select id from delivery where publication_id = $1)"},
    {"attempt", Owner::kPublication, "delivery_id in (select id from delivery where publication_id = $1)"},
    {"delivery_event", Owner::kPublication, "delivery_id in (select id from delivery where publication_id = $1)"},
    {"delivery", Owner::kPublication, "publication_id = $1"},
});

}  // namespace

constinit const PersonalData kPersonalData{"publishing", kDeclared, kEnds, {}, kBelongs};

}  // namespace postmypost::publishing
