#include "mail/sending.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "http/egress.hpp"
#include "mail/mime.hpp"
#include "vault/ledger.hpp"

namespace postmypost::mail {
namespace {

using storage::Blob;
using storage::Transaction;
using vault::Category;
using vault::DisclosureOutcome;
using vault::Ledger;

constexpr Duration kFirstPause = seconds(15), kLongestPause = hours(1);

// Our name in EHLO and behind the "@" of a Message-ID: the host that people know the server by.
std::string own_name(const std::string& public_url) {
  const auto parts = http::parse_url(public_url);
  const bool is_name = parts && parts->host.find(':') == std::string::npos;
  return is_name ? parts->host : "localhost";
}

std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

DisclosureOutcome outcome_of(const Handed& handed) {
  if (handed.how == Handed::How::kUnknown) return DisclosureOutcome::kUnknown;
  return handed.address_told ? DisclosureOutcome::kDelivered : DisclosureOutcome::kNotSent;
}

}  // namespace

Duration Sending::pause_after(std::int64_t tries) const {
  const std::int64_t doublings = std::clamp<std::int64_t>(tries - 1, 0, 20);
  return std::min(kFirstPause * (std::int64_t{1} << doublings), kLongestPause) * with_.time_scale;
}

void Sending::take_over() const {
  with_.database.write([&](Transaction& tx) {
    tx.execute("update letter set next_at=$1 where state='sending' and next_at > $1", with_.clock.now());
  });
}

// A letter of a day ago, which a relay never took or a restore brought back, holds a link that opens nothing.
void Sending::give_up(Transaction& tx, Instant now) const {
  tx.execute("update letter set state='given_up', ended_at=$1, address=null, secret=null where state in ('waiting', 'sending') and "
             "next_at <= $1 and made_at < $2",
             now, now - kLetterLife);
}

std::optional<Sending::Claimed> Sending::claim(Transaction& tx) const {
  const Instant now = with_.clock.now();
  for (const auto& [row] : tx.rows<std::int64_t>(
           "select disclosure_id from letter where state='sending' and next_at <= $1 and disclosure_id is not null", now)) {
    Ledger::record_outcome(tx, row, DisclosureOutcome::kUnknown, now);  // whoever had it in hand is gone: nobody knows how far they came
  }
  tx.execute("update letter set state='waiting' where state='sending' and next_at <= $1", now);
  give_up(tx, now);
  const auto due = tx.row<std::int64_t, std::int64_t, std::string, std::string, std::string, std::int64_t, Instant>(
      "select id, user_id, kind, locale, message_id, tries, made_at from letter where state='waiting' and next_at <= $1 order by next_at, id "
      "limit 1",
      now);
  if (!due) return std::nullopt;
  const auto& [id, user, kind, locale, message_id, tries, made_at] = *due;
  const auto sealed = tx.row<Blob, std::optional<Blob>, std::optional<std::string>>("select address, secret, about from letter where id=$1", id);
  RecordedDisclosure row = Ledger::record(tx,
                                          {.recipient_host = with_.relay.host,
                                           .recipient = with_.relay.host,
                                           .what = {"email", "letter"},
                                           .purpose = purpose_of(letter_kind_of(kind)),
                                           .clause = "3.2.2",
                                           .user_id = user,
                                           .evidence = "letter:" + std::to_string(id)},
                                          now);
  // Longer than one letter can take.
  tx.execute("update letter set state='sending', tries=tries+1, disclosure_id=$2, tried_at=$4, next_at=$3 where id=$1", id, row.id(),
             now + with_.relay.timeout * 1.5, now);
  return Claimed{.id = id,
                 .user = user,
                 .kind = letter_kind_of(kind),
                 .locale = locale,
                 .message_id = message_id,
                 .address = std::get<0>(*sealed),
                 .secret = std::get<1>(*sealed),
                 .about = split_words(std::get<2>(*sealed).value_or("")),
                 .tries = tries + 1,
                 .made_at = made_at,
                 .row = std::move(row)};
}

Handed Sending::send(const Claimed& letter, const std::atomic<bool>& stop) const {
  const auto open = [&]<Purpose P>() {
    return with_.vault.open<P>(letter_place("address", letter.id, letter.user), vault::Sealed<Category::kEmail>{letter.address.bytes});
  };
  const std::string to = purpose_of(letter.kind) == Purpose::kIdentify ? open.operator()<Purpose::kIdentify>() : open.operator()<Purpose::kContact>();
  const std::string secret =
      letter.secret ? with_.vault.open<Purpose::kIdentify>(letter_place("secret", letter.id, letter.user), vault::Sealed<Category::kAccess>{letter.secret->bytes})
                    : "";
  const Face face = with_.face();
  const Words words = words_of(letter.kind, letter.locale, face, secret, letter.about);
  const std::string name = own_name(face.public_url);
  const auto message = wire_form({.from_name = one_line(face.operator_name),
                                  .from = with_.relay.sender,
                                  .to = to,
                                  .subject = words.subject,
                                  .text = words.text,
                                  .message_id = letter.message_id + "@" + name,
                                  .date = letter.made_at,
                                  .unsubscribe = unsubscribe_address(letter.kind, face, secret)});
  if (!message) return {.how = Handed::How::kRefused, .problem = message.error().code};
  return hand_over(with_.relay, letter.row, name, to, *message, stop);
}

void Sending::settle(Transaction& tx, const Claimed& letter, const Handed& handed) const {
  const Instant now = with_.clock.now();
  Ledger::record_outcome(tx, letter.row.id(), outcome_of(handed), now);
  std::string_view end;
  if (handed.how == Handed::How::kAccepted) end = "sent";
  if (handed.how == Handed::How::kRefused) end = "refused";
  const std::optional<std::string> problem = handed.problem.empty() ? std::nullopt : std::optional(handed.problem);
  // Of a letter whose claim is over another process may be at work: it is theirs then, by the newer disclosure.
  if (end.empty()) {
    tx.execute("update letter set state='waiting', problem=$3, next_at=$4 where id=$1 and disclosure_id=$2", letter.id, letter.row.id(),
               problem, now + pause_after(letter.tries));
    return;
  }
  tx.execute("update letter set state=$3, problem=$4, ended_at=$5, address=null, secret=null where id=$1 and disclosure_id=$2",
             letter.id, letter.row.id(), end, problem, now);
}

// Most rounds find nothing, and cost a read only.
bool Sending::is_due() const {
  return with_.database.read([&](Transaction& tx) {
    return tx.value<int>("select 1 from letter where state in ('waiting', 'sending') and next_at <= $1 limit 1", with_.clock.now()).has_value();
  });
}

int Sending::work(const std::atomic<bool>& stop) const {
  int tried = 0;
  while (!stop) {
    if (!is_due()) break;
    const auto letter = with_.database.write([&](Transaction& tx) { return claim(tx); });
    if (!letter) break;
    ++tried;
    Handed handed;
    try {
      handed = send(*letter, stop);
    } catch (const vault::Unreadable&) {  // its person was erased between
      handed = {.how = Handed::How::kRefused, .problem = "erased"};
    }
    with_.database.write([&](Transaction& tx) { settle(tx, *letter, handed); });
    if (!handed.problem.empty()) log::warning("letter.not_sent", {{"why", handed.problem}});
    if (handed.how == Handed::How::kLater && !handed.address_told) break;  // the relay is away: the others wait for the next round
  }
  return tried;
}

}  // namespace postmypost::mail
