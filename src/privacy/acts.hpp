// The destruction act, prepared for the operator's signature: an account of what the program destroyed, and the extract of its
// log. Form: order 179 of Roskomnadzor (2022-10-28): subject's number, system, method, reason, date; kept three years.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "privacy/erasure.hpp"
#include "storage/database.hpp"

namespace postmypost::privacy {

enum class ActSubject { kPerson, kProject, kAccount };
enum class ActReason { kOwnWish, kAfterRestore };  // after a restore of older data: destroyed once before
std::string_view to_string(ActSubject subject);
std::string_view to_string(ActReason reason);

struct DestructionAct {
  std::int64_t id = 0;
  ActSubject subject = ActSubject::kPerson;
  std::int64_t subject_id = 0;
  ActReason reason = ActReason::kOwnWish;
  Instant begun_at, ended_at;
  EndedRows ended_rows;
  std::int64_t files = 0, keys = 0;
};

void record_act(storage::Transaction& tx, const DestructionAct& act);  // gives it its id
std::vector<DestructionAct> newest_acts(storage::Transaction& tx, std::int64_t limit);

}  // namespace postmypost::privacy
