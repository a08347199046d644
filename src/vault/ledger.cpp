#include "vault/ledger.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <tuple>

#include "base/text.hpp"

namespace postmypost::vault {

std::string_view to_string(DisclosureOutcome outcome) {
  switch (outcome) {
    case DisclosureOutcome::kDelivered: return "delivered";
    case DisclosureOutcome::kNotSent: return "not_sent";
    case DisclosureOutcome::kUnknown: return "unknown";
  }
  return "unknown";
}

std::string kind_of(const Disclosure& disclosure) {
  const std::string kind = disclosure.evidence.substr(0, disclosure.evidence.find(':'));
  return kind == "delivery" ? "publish" : kind;
}

namespace {

DisclosureOutcome outcome_of(const std::string& text) {
  if (text == "delivered") return DisclosureOutcome::kDelivered;
  return text == "not_sent" ? DisclosureOutcome::kNotSent : DisclosureOutcome::kUnknown;
}

Purpose purpose_of(const std::string& code) {
  return std::ranges::find(kPurposes, code, &PurposeFacts::code)->purpose;  // the table holds only ours
}

// Rows with the last result of each. `tail` begins with WHERE and calls the table d.
std::vector<DisclosureRow> select(storage::Transaction& tx, std::string_view tail,
                                  const std::vector<storage::Parameter>& parameters) {
  std::vector<DisclosureRow> rows;
  tx.each(
      "select d.id, d.recipient_host, d.recipient, d.country, d.what, d.purpose, d.clause, d.user_id, d.project_id, d.account_id, "
      "d.publication_id, d.evidence, d.at, r.outcome, r.at from disclosure d left join disclosure_result r on r.id = (select max(id) "
      "from disclosure_result where disclosure_id = d.id) " + std::string(tail),
      parameters, [&](const storage::Row& row) {
        using Number = std::optional<std::int64_t>;
        DisclosureRow found{.id = row.get<std::int64_t>(0),
                            .disclosure = {.recipient_host = row.text(1),
                                           .recipient = row.text(2),
                                           .country = row.text(3),
                                           .what = split_words(row.text(4)),
                                           .purpose = purpose_of(row.text(5)),
                                           .clause = row.text(6),
                                           .user_id = row.get<Number>(7),
                                           .project_id = row.get<Number>(8),
                                           .account_id = row.get<Number>(9),
                                           .publication_id = row.get<Number>(10),
                                           .evidence = row.text(11)},
                            .at = row.get<Instant>(12),
                            .outcome = {},
                            .outcome_at = row.get<std::optional<Instant>>(14)};
        if (const auto outcome = row.get<std::optional<std::string>>(13)) found.outcome = outcome_of(*outcome);
        rows.push_back(std::move(found));
      });
  return rows;
}

}  // namespace

RecordedDisclosure Ledger::record(storage::Transaction& tx, const Disclosure& disclosure, Instant now) {
  return std::move(record_each(tx, std::span(&disclosure, 1), now).front());
}

std::vector<RecordedDisclosure> Ledger::record_each(storage::Transaction& tx, std::span<const Disclosure> disclosures,
                                                    Instant now) {
  std::vector<RecordedDisclosure> recorded;
  std::vector<std::vector<storage::Parameter>> rows;
  for (const Disclosure& d : disclosures) {
    const std::int64_t id = tx.next_id("disclosure");
    rows.push_back(storage::Transaction::parameters(id, now, d.recipient_host, d.recipient, d.country, joined(d.what),
                                                    to_string(d.purpose), d.clause, d.user_id, d.project_id, d.account_id,
                                                    d.publication_id, d.evidence));
    recorded.push_back({id, d.recipient_host});
  }
  tx.execute_each(
      "insert into disclosure (id, at, recipient_host, recipient, country, what, purpose, clause, user_id, project_id, "
      "account_id, publication_id, evidence) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)",
      rows);
  return recorded;
}

std::optional<RecordedDisclosure> Ledger::recorded(storage::Transaction& tx, std::int64_t id) {
  const auto host = tx.value<std::string>("select recipient_host from disclosure where id=$1", id);
  if (!host) return std::nullopt;
  return RecordedDisclosure(id, *host);
}

void Ledger::record_outcome(storage::Transaction& tx, std::int64_t id, DisclosureOutcome outcome, Instant now) {
  const Outcome one{id, outcome};
  record_outcomes(tx, std::span(&one, 1), now);
}

void Ledger::record_outcomes(storage::Transaction& tx, std::span<const Outcome> outcomes, Instant now) {
  std::vector<std::vector<storage::Parameter>> rows;
  for (const Outcome& o : outcomes) {
    rows.push_back(storage::Transaction::parameters(tx.next_id("disclosure_result"), o.disclosure_id, to_string(o.outcome), now));
  }
  tx.execute_each("insert into disclosure_result (id, disclosure_id, outcome, at) values ($1,$2,$3,$4)", rows);
}

std::optional<RecordedDisclosure> Ledger::find(storage::Transaction& tx, std::int64_t publication_id,
                                               std::string_view evidence) {
  const auto id = tx.value<std::int64_t>("select min(id) from disclosure where publication_id=$1 and evidence=$2 having count(*) > 0",
                                         publication_id, evidence);
  return id ? recorded(tx, *id) : std::nullopt;
}

std::vector<DisclosureRow> Ledger::of_publication(storage::Transaction& tx, std::int64_t publication_id) {
  return select(tx, "where d.publication_id=$1 order by d.id", {publication_id});
}

// A few by each index, so that what lies behind the page is never read.
std::vector<DisclosureRow> Ledger::of_person(storage::Transaction& tx, std::int64_t user_id,
                                             std::span<const std::int64_t> projects, std::optional<Behind> behind,
                                             std::size_t most) {
  const Behind from = behind.value_or(Behind{Instant{std::numeric_limits<std::int64_t>::max()}, 0});
  const auto newest = [&](std::string_view column, std::int64_t id) {
    return select(tx,
                  "where d." + std::string(column) + "=$1 and d.at <= $2 and (d.at < $2 or d.id < $3) "
                  "order by d.at desc, d.id desc limit $4",
                  storage::Transaction::parameters(id, from.at, from.id, most));
  };
  std::vector<DisclosureRow> all = newest("user_id", user_id);
  for (const std::int64_t project : projects) std::ranges::move(newest("project_id", project), std::back_inserter(all));
  std::ranges::sort(all, [](const DisclosureRow& a, const DisclosureRow& b) {
    return std::tie(b.at.us, b.id) < std::tie(a.at.us, a.id);
  });
  const auto [repeated, end] = std::ranges::unique(all, {}, &DisclosureRow::id);
  all.erase(repeated, end);
  if (all.size() > most) all.erase(all.begin() + static_cast<std::ptrdiff_t>(most), all.end());
  return all;
}

}  // namespace postmypost::vault
