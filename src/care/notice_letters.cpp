#include "care/notice_letters.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace postmypost::care {
namespace {

using storage::Blob;
using storage::Transaction;

constexpr std::int64_t kMostTold = 50;

}  // namespace

bool NoticeLetters::wants(Transaction& tx, std::int64_t user) {
  return tx.value<int>("select 1 from letter_notice where user_id=$1", user).has_value();
}

// The same in every letter until it is switched off, so that an old letter ends them as well; only its hash is stored.
std::string NoticeLetters::token_of(std::int64_t user, Instant since) const {
  return base64url(with_.vault.derived("letters.unsubscribe", std::to_string(user) + "." + std::to_string(since.us)));
}

Result<> NoticeLetters::choose(Transaction& tx, std::int64_t user, bool wanted) const {
  if (!wanted) {
    tx.execute("delete from letter_notice where user_id=$1", user);
    return {};
  }
  if (!with_.identity.sends_letters()) {
    return fail({.kind = ErrorKind::kConflict,
                 .code = "letter.none",
                 .detail = "This server sends no letters.",
                 .how_to_fix = "Write to its operator."});
  }
  TRY(identity::Identity::may_plan(tx, user));
  const Instant now = with_.clock.now();
  tx.execute("insert into letter_notice (user_id, token_hash, since, told_until) values ($1,$2,$3,$3) on conflict (user_id) do nothing",
             user, Blob{sha256(token_of(user, now))}, now);
  return {};
}

void NoticeLetters::end_by(Transaction& tx, std::string_view token) {
  tx.execute("delete from letter_notice where token_hash=$1", Blob{sha256(token)});
}

void NoticeLetters::tell(Transaction& tx, std::int64_t user) const {
  const auto row = tx.row<Instant, Instant>("select since, told_until from letter_notice where user_id=$1", user);
  if (!row || identity::Identity::leaving_since(tx, user)) return;
  const auto& [since, told_until] = *row;
  const auto page = notices_of(tx, user, {}, kMostTold);
  if (!page) return;
  const Instant ripe = with_.clock.now() - kBeforeLetter * with_.time_scale;
  Instant until = told_until;
  std::vector<std::string> kinds;
  for (const Notice& notice : page->items) {
    const bool is_fresh = std::max(told_until, page->seen_until) < notice.at && notice.at <= ripe && mail::tells_of(notice.kind);
    if (!is_fresh) continue;
    until = std::max(until, notice.at);
    if (std::ranges::find(kinds, notice.kind) == kinds.end()) kinds.push_back(notice.kind);
  }
  if (kinds.empty()) return;
  const auto to = with_.identity.contact(tx, user);
  if (!to) return;
  if (!with_.outbox.put_notices(tx, user, with_.identity.locale_of(tx, user), to->email, kinds, token_of(user, since))) return;
  tx.execute("update letter_notice set told_until=$2 where user_id=$1", user, until);
}

void NoticeLetters::work(const std::atomic<bool>& stop) const {
  const auto users = with_.database.read(
      [](Transaction& tx) { return tx.rows<std::int64_t>("select user_id from letter_notice order by user_id"); });
  for (const auto& [user] : users) {
    if (stop) return;
    const bool has_unseen = with_.database.read([&, id = user](Transaction& tx) { return unseen_of(tx, id) > 0; });
    if (has_unseen) with_.database.write([&, id = user](Transaction& tx) { tell(tx, id); });
  }
}

}  // namespace postmypost::care
