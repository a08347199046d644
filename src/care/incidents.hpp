// Incidents (clause 3.2.3): what happened, two clocks, whom it touches, what was passed on to stop it.
//
// The operator tells the authority and the people; this keeps the clocks, counts by the registry, and prepares drafts. Data is
// passed on under an open incident only, of the kinds it names, until the incident expires.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "privacy/registry.hpp"
#include "storage/database.hpp"

namespace postmypost::care {

inline constexpr Duration kFirstWord = hours(24);
inline constexpr Duration kResult = hours(72);
inline constexpr Duration kIncidentLasts = days(30);

struct NewIncident {
  std::string what;                // in words, without anybody's data
  std::vector<std::string> kinds;  // codes of the kinds of data it touches
  Instant noticed_at;
};

struct IncidentStep {
  std::string step;  // "authority_first", "authority_result", "persons_told", "closed"
  Instant at;
};

struct IncidentDisclosure {
  std::string recipient;
  std::vector<std::string> what;
  Instant at;
};

struct Incident {
  std::int64_t id = 0;
  NewIncident what;
  Instant expires_at, registered_at;
  std::vector<IncidentStep> steps;
  std::vector<IncidentDisclosure> disclosures;

  Instant first_due() const { return what.noticed_at + kFirstWord; }
  Instant result_due() const { return what.noticed_at + kResult; }
  std::optional<Instant> taken(std::string_view step) const;
};

// Of one kind of data: how many rows hold it, and of how many people. `persons` is none where rows lead to nobody.
struct Affected {
  std::string kind;
  std::int64_t rows = 0;
  std::optional<std::int64_t> persons;
};

class Incidents {
 public:
  Incidents(const privacy::Registry& registry, const Clock& clock) : registry_(registry), clock_(clock) {}

  // Errors: `incident.what`, `incident.kinds`, `incident.noticed_at` (in the future).
  Result<Incident> enter(storage::Transaction& tx, std::int64_t by, const NewIncident& incident) const;
  std::vector<Incident> all(storage::Transaction& tx) const;  // newest first
  Result<Incident> find(storage::Transaction& tx, std::int64_t incident) const;
  // A step is taken once. Errors: `incident.step`, `incident.closed`.
  Result<> take(storage::Transaction& tx, std::int64_t by, std::int64_t incident, const std::string& step) const;
  // A row of the ledger under clause 3.2.3. Errors: `incident.over` (closed or expired), `incident.recipient`, `incident.scope`.
  Result<> disclose(storage::Transaction& tx, std::int64_t incident, const std::string& recipient,
                    const std::vector<std::string>& what) const;

  // By query, over every declared column of the kinds. Long on large stores: for the operator's page only.
  std::vector<Affected> affected(storage::Transaction& tx, const Incident& incident) const;

 private:
  const privacy::Registry& registry_;
  const Clock& clock_;
};

struct IncidentDrafts {
  std::string authority, persons;
};
// Letters for the operator to complete and send, in Russian or English.
IncidentDrafts drafts_of(const Incident& incident, const std::vector<Affected>& affected, std::string_view locale,
                         std::string_view operator_name, std::string_view operator_contact);

}  // namespace postmypost::care
