// The disclosure ledger: one row before data leaves, a second one with the result (policy clause 3.2).
//
// One row per (recipient, purpose, delivery or connect), written in the caller's transaction; for a publish that is
// the INTENT transaction (invariant I7). The returned token is good only after that transaction committed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/disclosure.hpp"
#include "storage/database.hpp"
#include "vault/purposes.hpp"

namespace postmypost::vault {

struct Disclosure {
  std::string recipient_host;                 // "bsky.social"
  std::string recipient;                      // for people: "Bluesky", or the instance's name
  std::string country = {};                   // ISO 3166, empty when unknown
  std::vector<std::string> what = {};         // "text", "pictures", "alt_text", "credential": kinds, never values
  Purpose purpose = Purpose::kPublish;
  std::string clause = "3.2.2";
  std::optional<std::int64_t> user_id = {}, project_id = {}, account_id = {}, publication_id = {};
  std::string evidence = {};                  // delivery uid, or "connect:<id>"
};

enum class DisclosureOutcome { kDelivered, kNotSent, kUnknown };

struct DisclosureRow {
  std::int64_t id;
  Disclosure disclosure;
  Instant at;
  std::optional<DisclosureOutcome> outcome;
  std::optional<Instant> outcome_at;
};

class Ledger {
 public:
  static RecordedDisclosure record(storage::Transaction& tx, const Disclosure& disclosure, Instant now);
  // Many at once, in their order.
  static std::vector<RecordedDisclosure> record_each(storage::Transaction& tx, std::span<const Disclosure> disclosures,
                                                     Instant now);
  // The token of a row that is already there, to go on with the same delivery or connect.
  static std::optional<RecordedDisclosure> recorded(storage::Transaction& tx, std::int64_t id);
  static void record_outcome(storage::Transaction& tx, std::int64_t id, DisclosureOutcome outcome, Instant now);
  struct Outcome {
    std::int64_t disclosure_id;
    DisclosureOutcome outcome;
  };
  static void record_outcomes(storage::Transaction& tx, std::span<const Outcome> outcomes, Instant now);
  static std::vector<DisclosureRow> of_publication(storage::Transaction& tx, std::int64_t publication_id);
};

}  // namespace postmypost::vault
