// The disclosure ledger: one row before data leaves, a second one with the result (policy clause 3.2).
//
// One row per (recipient, purpose, delivery or connect), written in the caller's transaction; for a publish that is
// the INTENT transaction (invariant I7). The returned token is good only after that transaction committed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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
  // What it belongs to, by the kind of send: "delivery:<uid>", "look:<uid>" and "refresh:<uid>" of a delivery,
  // "withdraw:<uid>", "connect:<token>", "disconnect:<account>", "clock".
  std::string evidence = {};
};

enum class DisclosureOutcome { kDelivered, kNotSent, kUnknown };
std::string_view to_string(DisclosureOutcome outcome);  // "not_sent"

// The kind of send: "publish", "look", "refresh", "connect", "disconnect", "clock".
std::string kind_of(const Disclosure& disclosure);

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
  // The row of a publication with this evidence.
  static std::optional<RecordedDisclosure> find(storage::Transaction& tx, std::int64_t publication_id,
                                                std::string_view evidence);
  static void record_outcome(storage::Transaction& tx, std::int64_t id, DisclosureOutcome outcome, Instant now);
  struct Outcome {
    std::int64_t disclosure_id;
    DisclosureOutcome outcome;
  };
  static void record_outcomes(storage::Transaction& tx, std::span<const Outcome> outcomes, Instant now);
  static std::vector<DisclosureRow> of_publication(storage::Transaction& tx, std::int64_t publication_id);

  // Where a list newest first goes on.
  struct Behind {
    Instant at;
    std::int64_t id;
  };
  // What was passed on about a person: rows that name them, and those of the projects they belong to. Newest first, at most
  // `most`, behind `behind` if given.
  static std::vector<DisclosureRow> of_person(storage::Transaction& tx, std::int64_t user_id,
                                              std::span<const std::int64_t> projects, std::optional<Behind> behind,
                                              std::size_t most);
};

}  // namespace postmypost::vault
