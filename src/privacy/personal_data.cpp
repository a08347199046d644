#include "privacy/personal_data.hpp"

namespace postmypost::privacy {
namespace {

using enum Category;
using enum Retention;
using enum Erasure;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("destruction_act", "id", kId),
    columns("destruction_act", "subject reason", kState),
    columns("destruction_act", "subject_id",
            {.category = kPersonNumber,
             .retention = kProof,
             .erasure = kKeep,
             .note = "a number that leads to nobody any more: proof that the data was destroyed, for the operator"}),
    columns("destruction_act", "begun_at ended_at", kTime),
    columns("destruction_act", "ended_rows files keys", kMeasure),
});

// The proof of a destruction is kept as long as the proof of what was passed on.
constexpr auto kEnds = std::to_array<Ends>({{kProof, "destruction_act", "ended_at < $1"}});

}  // namespace

constinit const PersonalData kPersonalData{"privacy", kDeclared, kEnds};

}  // namespace postmypost::privacy
