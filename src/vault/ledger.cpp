#include "vault/ledger.hpp"

#include "base/text.hpp"

namespace postmypost::vault {
namespace {

std::string_view to_string(DisclosureOutcome outcome) {
  switch (outcome) {
    case DisclosureOutcome::kDelivered: return "delivered";
    case DisclosureOutcome::kNotSent: return "not_sent";
    case DisclosureOutcome::kUnknown: return "unknown";
  }
  return "unknown";
}

DisclosureOutcome outcome_of(const std::string& text) {
  if (text == "delivered") return DisclosureOutcome::kDelivered;
  return text == "not_sent" ? DisclosureOutcome::kNotSent : DisclosureOutcome::kUnknown;
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

std::vector<DisclosureRow> Ledger::of_publication(storage::Transaction& tx, std::int64_t publication_id) {
  std::vector<DisclosureRow> rows;
  tx.each(
      "select d.id, d.recipient_host, d.recipient, d.country, d.what, d.clause, d.account_id, d.evidence, d.at, r.outcome, "
      "r.at from disclosure d left join disclosure_result r on r.id = (select max(id) from disclosure_result where "
      "disclosure_id = d.id) where d.publication_id=$1 order by d.id",
      {publication_id}, [&](const storage::Row& row) {
        DisclosureRow found{.id = row.get<std::int64_t>(0),
                            .disclosure = {.recipient_host = row.get<std::string>(1),
                                           .recipient = row.get<std::string>(2),
                                           .country = row.get<std::string>(3),
                                           .what = split_words(row.get<std::string>(4)),
                                           .clause = row.get<std::string>(5),
                                           .account_id = row.get<std::optional<std::int64_t>>(6),
                                           .publication_id = publication_id,
                                           .evidence = row.get<std::string>(7)},
                            .at = row.get<Instant>(8),
                            .outcome = {},
                            .outcome_at = row.get<std::optional<Instant>>(10)};
        if (const auto outcome = row.get<std::optional<std::string>>(9)) found.outcome = outcome_of(*outcome);
        rows.push_back(std::move(found));
      });
  return rows;
}

}  // namespace postmypost::vault
