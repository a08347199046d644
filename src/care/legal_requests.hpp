// The register of legal requests (clause 3.2.5): who demanded what of whom, by which act and norm, who approved, what was given.
//
// Rows are only added. Nothing is given before two different operators approved, or where there is only one, before a day has
// passed since they did; then the kinds that the request names and no others, and the ledger has its row first. While a gag
// that the act itself orders lasts, that row names no person, so that nothing they see or take with them leads to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::care {

inline constexpr Duration kRest = hours(24);

struct NewLegalRequest {
  std::string authority, act_number, norm;
  std::vector<std::string> scope;  // codes of kinds of data (identity/extract.hpp)
  std::int64_t subject_id = 0;
  std::optional<Instant> gag_until;
};

struct LegalApproval {
  std::int64_t by = 0;
  Instant at;
};

struct LegalOutputRow {
  std::int64_t by = 0;
  std::vector<std::string> given;
  Instant at;
};

struct LegalRequest {
  std::int64_t id = 0;
  NewLegalRequest what;
  std::int64_t registered_by = 0;
  Instant registered_at;
  std::vector<LegalApproval> approvals;
  std::vector<LegalOutputRow> outputs;
  std::optional<std::string> ended;  // "fulfilled", "refused"
  std::optional<Instant> ended_at;
  // Why nothing may be given now: "needs_second_operator", "needs_approval", "rests" (until `rests_until`), "ended"; none: it may.
  std::optional<std::string> waits_for;
  std::optional<Instant> rests_until;
};

struct GivenKind {
  std::string kind;
  std::vector<std::string> values;
};

class LegalRequests {
 public:
  LegalRequests(const vault::Vault& vault, const Clock& clock) : vault_(vault), clock_(clock) {}

  // Errors: `legal.missing` (authority, act number or norm), `legal.scope`, `legal.subject`.
  Result<LegalRequest> enter(storage::Transaction& tx, std::int64_t by, const NewLegalRequest& request) const;
  std::vector<LegalRequest> all(storage::Transaction& tx) const;  // newest first
  // Errors: `legal_request.not_found`.
  Result<LegalRequest> find(storage::Transaction& tx, std::int64_t request) const;
  // Approving twice is approving once. Errors: `legal.ended`.
  Result<> approve(storage::Transaction& tx, std::int64_t by, std::int64_t request) const;
  // Errors: `legal.ended`; `legal.how`.
  Result<> end(storage::Transaction& tx, std::int64_t by, std::int64_t request, const std::string& how) const;
  // Gives what the scope names, after the ledger's row. Errors: `legal.needs_second_operator`, `legal.needs_approval`,
  // `legal.rests`, `legal.ended`.
  Result<std::vector<GivenKind>> give(storage::Transaction& tx, std::int64_t by, std::int64_t request) const;

  // Rows of the ledger whose gag has ended lead to their person from now on. Returns how many.
  static std::int64_t end_gags(storage::Transaction& tx, Instant now);

 private:
  void judge(storage::Transaction& tx, LegalRequest& request) const;

  const vault::Vault& vault_;
  const Clock& clock_;
};

}  // namespace postmypost::care
