// Every field that a line of the log can have. One list for the program, because a name outside it does not compile
// (log.hpp).
#pragma once

#include "base/personal_data.hpp"

namespace postmypost {

inline constexpr auto kLogFields = std::to_array<Declared>({
    items(Medium::kLogField, "at", Reason::kTime),
    items(Medium::kLogField, "level event method status errno", Reason::kMeasure),
    items(Medium::kLogField, "id request request_id", Reason::kId, "of one request"),
    items(Medium::kLogField, "account delivery worker", Reason::kId),
    items(Medium::kLogField, "path",
          {.category = Category::kActivity,
           .subject = Subject::kVisitor,
           .retention = Retention::kLog,
           .erasure = Erasure::kKeep,
           .note = "what was asked for, by number or public handle, without query and IP address: nothing in a line "
                   "tells who asked"}),
    items(Medium::kLogField, "what why", Reason::kMachine,
          "codes, and texts of failures, which never hold a stored value"),
    items(Medium::kLogField, "channel job origin timeline newest listen", Reason::kMachine),
    items(Medium::kLogField, "accounts deliveries doubted frames migrations publications published rows", Reason::kMeasure),
});

}  // namespace postmypost
