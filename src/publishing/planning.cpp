#include "publishing/planning.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "identity/identity.hpp"

namespace postmypost::publishing {
namespace {

constexpr Duration kLateWindow = minutes(30);
constexpr Duration kSameMinute = minutes(1);

bool retryable(const Delivery& d) {
  return d.state == State::kFailed || (d.state == State::kHeld && !is_undecided(d) && d.reason != reason::kDuplicate);
}

bool cancellable(const Delivery& d) {
  switch (d.state) {
    case State::kScheduled:
    case State::kRetryWait:
    case State::kFailed:
    case State::kExpired: return true;
    case State::kHeld: return true;
    default: return false;
  }
}

Error frozen() {
  return {.kind = ErrorKind::kConflict,
          .code = "publication.frozen",
          .detail = "This publication is already being sent, or was.",
          .how_to_fix = "Duplicate it and change the copy."};
}

Result<> author_may_publish(storage::Transaction& tx, const Delivery& delivery) {
  const auto author = tx.value<std::int64_t>("select author_id from publication where id=$1", delivery.publication_id);
  return author ? identity::Identity::may_plan(tx, *author) : Result<>();
}

}  // namespace

bool Planning::editable(const std::vector<Delivery>& deliveries) {
  return std::ranges::all_of(deliveries, [](const Delivery& d) {
    return (d.state == State::kScheduled && !d.content_digest) || d.state == State::kCancelled;
  });
}

std::string Planning::digest_of_text(const publications::Detail& detail, std::int64_t account_id) const {
  return hex(vault_.derived("delivery.text", std::to_string(account_id) + "|" + publications::text_of(detail)));
}

Result<> Planning::plan(storage::Transaction& tx, const publications::Publication& publication,
                        const std::vector<projects::AccountRow>& accounts, bool force, std::vector<Made>* made) const {
  const bool is_new = publication.version == 1;  // as `save` has just stored it
  std::vector<Delivery> existing = is_new ? std::vector<Delivery>() : deliveries_of(tx, publication.id);
  if (!editable(existing)) return fail(frozen());
  const bool promised = publication.timing != publications::Timing::kDraft;
  for (Delivery& delivery : existing) {
    if (delivery.state != State::kScheduled) continue;
    const bool kept = promised && std::ranges::find(accounts, delivery.account_id, &projects::AccountRow::id) !=
                                      accounts.end();
    if (!kept) move(tx, delivery, {.to = State::kCancelled, .code = "unplanned"}, clock_.now());
  }
  if (!promised) return {};
  TRY(identity::Identity::may_plan(tx, publication.author_id));
  for (const projects::AccountRow& account : accounts) {
    const std::string digest = digest_of_text(publication.detail_for(account.id), account.id);
    if (!force) {
      const auto first = tx.value<std::int64_t>(
          "select publication_id from delivery where account_id=$1 and text_digest=$2 and due > $3 and due < $4 "
          "and publication_id <> $5 and state in ('unknown','reconciling','held') and "
          "(state <> 'held' or reason in ('undecided','restored'))",
          account.id, digest, *publication.instant - kSameMinute, *publication.instant + kSameMinute, publication.id);
      if (first) {
        return fail({.code = "publication.in_doubt",
                     .detail = "The same text for the same account and minute may already be published.",
                     .field = "/force",
                     .rule = "not_in_doubt",
                     .how_to_fix = "Resolve that publication first, or send `force` to publish although it may double.",
                     .params = {{"publication", std::to_string(*first)}}});
      }
    }
    const auto same = std::ranges::find_if(existing, [&](const Delivery& d) {
      return d.account_id == account.id && d.state == State::kScheduled;
    });
    if (same == existing.end()) {
      Made one = insert(tx, publication, account, digest);
      if (made) made->push_back(std::move(one));
      continue;
    }
    tx.execute("update delivery set due=$2, ready_at=$2, late_policy=$3, text_digest=$4 where id=$1", same->id,
               *publication.instant, publications::to_string(publication.late_policy), digest);
    if (same->due != *publication.instant) note(tx, *same, "moved", {}, clock_.now());
    refresh_lane(tx, account.id);
  }
  return {};
}

Planning::Made Planning::insert(storage::Transaction& tx, const publications::Publication& publication,
                                const projects::AccountRow& account, const std::string& text_digest) const {
  const Instant now = clock_.now();
  Made made;
  Delivery& d = made.delivery;
  d.id = tx.next_id("delivery");
  d.project_id = publication.project_id;
  d.publication_id = publication.id;
  d.account_id = account.id;
  d.channel = account.channel;
  d.uid = hex(random_.bytes(16));
  d.state = State::kScheduled;
  d.due = *publication.instant;
  d.late_policy = publication.late_policy;
  d.ready_at = d.due;
  d.text_digest = text_digest;
  made.event = {.at = now, .from = {}, .to = d.state, .code = "planned", .params = {}};
  tx.execute(
      "insert into delivery (id, project_id, publication_id, account_id, channel, uid, state, due, late_policy, "
      "ready_at, text_digest, created_at) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)",
      d.id, d.project_id, d.publication_id, d.account_id, d.channel, d.uid, to_string(d.state), d.due,
      publications::to_string(d.late_policy), d.ready_at, d.text_digest, now);
  tx.execute(
      "insert into delivery_event (id, delivery_id, at, from_state, to_state, code, params) values ($1,$2,$3,null,$4,$5,'{}')",
      tx.next_id("delivery_event"), d.id, made.event.at, to_string(made.event.to), made.event.code);
  join_lane(tx, account.id, d.due);
  return made;
}

void Planning::bring(storage::Transaction& tx, const publications::Publication& publication, const Post& post) const {
  const std::int64_t id = tx.next_id("delivery");
  const Instant now = clock_.now();
  tx.execute(
      "insert into delivery (id, project_id, publication_id, account_id, channel, uid, state, due, late_policy, text_digest, "
      "remote_id, permalink, sent_at, created_at) values ($1,$2,$3,$4,$5,$6,'published',$7,$8,$9,$10,$11,$12,$13)",
      id, publication.project_id, publication.id, post.account_id, post.channel, hex(random_.bytes(16)), post.due,
      publications::to_string(publication.late_policy), digest_of_text(publication.detail_for(post.account_id), post.account_id),
      post.remote_id, post.permalink, post.sent_at, now);
  tx.execute(
      "insert into delivery_event (id, delivery_id, at, from_state, to_state, code, params) "
      "values ($1,$2,$3,null,'published','brought','{}')",
      tx.next_id("delivery_event"), id, now);
}

// Content stays frozen, so that the same generation keeps the same key and the same record.
void Planning::start_over(storage::Transaction& tx, Delivery& delivery, std::string_view code) const {
  const Instant now = clock_.now();
  delivery.due = std::max(delivery.due, now);
  delivery.tries = 0;
  delivery.absences = 0;
  move(tx, delivery, {.to = State::kScheduled, .code = code, .ready_at = delivery.due}, now);
}

Result<> Planning::retry(storage::Transaction& tx, Delivery& delivery) const {
  if (!retryable(delivery)) {
    return fail({.kind = ErrorKind::kConflict,
                 .code = "delivery.not_retryable",
                 .detail = "This delivery can't be retried in its present state.",
                 .how_to_fix = "Load it again and look at what it offers."});
  }
  TRY(author_may_publish(tx, delivery));
  start_over(tx, delivery, "retried_by_person");
  return {};
}

Result<> Planning::cancel(storage::Transaction& tx, Delivery& delivery) const {
  if (!cancellable(delivery)) {
    return fail({.kind = ErrorKind::kConflict,
                 .code = "delivery.not_cancellable",
                 .detail = "This delivery is being sent, or was.",
                 .how_to_fix = "Wait for its outcome; delete the post in the network if it is there."});
  }
  move(tx, delivery, {.to = State::kCancelled, .code = "cancelled_by_person"}, clock_.now());
  return {};
}

Result<> Planning::confirm_published(storage::Transaction& tx, Delivery& delivery,
                                     std::optional<std::string> permalink) const {
  if (!is_undecided(delivery)) {
    return fail({.kind = ErrorKind::kConflict,
                 .code = "delivery.not_in_doubt",
                 .detail = "There is no doubt to decide about this delivery.",
                 .how_to_fix = "Load it again: its outcome may have arrived."});
  }
  if (permalink && !permalink->starts_with("https://") && !permalink->starts_with("http://")) {
    return fail({.code = "delivery.permalink_form",
                 .detail = "The link to the post must begin with https://.",
                 .field = "/permalink",
                 .rule = "url",
                 .how_to_fix = "Paste the address of the post, or leave it empty."});
  }
  delivery.permalink = std::move(permalink);
  move(tx, delivery, {.to = State::kPublished, .code = "confirmed_by_person"}, clock_.now());
  return {};
}

Result<> Planning::publish_again(storage::Transaction& tx, Delivery& delivery) const {
  if (!is_undecided(delivery)) {
    return fail({.kind = ErrorKind::kConflict,
                 .code = "delivery.not_in_doubt",
                 .detail = "Only a delivery in doubt is published again.",
                 .how_to_fix = "Load it again: its outcome may have arrived."});
  }
  TRY(author_may_publish(tx, delivery));
  // A new generation is a new identity for the network: new key, new record, content frozen anew.
  delivery.generation += 1;
  delivery.content_digest.reset();
  delivery.frozen_at.reset();
  delivery.progress.clear();
  delivery.disclosure_id.reset();
  start_over(tx, delivery, "published_again_by_person");
  return {};
}

void Planning::account_reconnected(storage::Transaction& tx, std::int64_t account_id) const {
  const Instant now = clock_.now();
  for (const auto& [id] : tx.rows<std::int64_t>(
           "select id from delivery where account_id=$1 and state='held' and reason='auth' order by id", account_id)) {
    Delivery delivery = *load_delivery(tx, id);
    move(tx, delivery, {.to = State::kScheduled, .code = "account_reconnected", .ready_at = delivery.due}, now);
    if (delivery.due + kLateWindow < now) {
      move(tx, delivery, {.to = State::kHeld, .code = "missed", .reason = reason::kMissed}, now);
    }
  }
}

Result<> Planning::account_disconnected(storage::Transaction& tx, std::int64_t account_id) const {
  for (const auto& [id] : tx.rows<std::int64_t>(
           "select id from delivery where account_id=$1 and state not in ('published','failed','cancelled') order by id",
           account_id)) {
    Delivery delivery = *load_delivery(tx, id);
    if (is_leased(delivery.state)) {
      return fail({.kind = ErrorKind::kConflict,
                   .code = "delivery.sending",
                   .detail = "A post is being sent to this account at this moment.",
                   .how_to_fix = "Try again in a minute."});
    }
    if (delivery.state == State::kUnknown) {
      move(tx, delivery, {.to = State::kHeld, .code = "account_disconnected", .reason = reason::kUndecided},
           clock_.now());
      continue;
    }
    if (!is_undecided(delivery)) {
      move(tx, delivery, {.to = State::kCancelled, .code = "account_disconnected"}, clock_.now());
    }
  }
  return {};
}

std::vector<std::string> actions_for(const Delivery& delivery) {
  if (is_undecided(delivery)) return {"confirm_published", "publish_again"};
  std::vector<std::string> actions;
  if (retryable(delivery)) actions.emplace_back("retry");
  if (cancellable(delivery)) actions.emplace_back("cancel");
  return actions;
}

}  // namespace postmypost::publishing
