// What a person decides about purposes: one decision a call, each with the text it is about.
#include <algorithm>

#include "api/v1/api.hpp"
#include "identity/identity.hpp"

namespace postmypost::api::v1 {

struct DecisionView {
  std::string choice, at, locale, sha256;
  std::int64_t version = 0, policy_version = 0;
  std::string screen, control, proof;
};
BOOST_DESCRIBE_STRUCT(DecisionView, (),
                      (choice, at, locale, sha256, version, policy_version, screen, control, proof))

struct ChoiceView {
  std::string purpose, clause, decision;
  bool permitted = false;
  std::vector<DecisionView> history;
};
BOOST_DESCRIBE_STRUCT(ChoiceView, (), (purpose, clause, decision, permitted, history))

struct ChoiceList {
  std::vector<ChoiceView> items;
};
BOOST_DESCRIBE_STRUCT(ChoiceList, (), (items))

struct ChoiceInput {
  bool permitted = false;
  std::int64_t version = 0;  // of the text that was shown
  std::string locale, screen, control;
};
BOOST_DESCRIBE_STRUCT(ChoiceInput, (), (permitted, version, locale, screen, control))

namespace {

DecisionView view_of(const identity::ChoiceRow& row) {
  return {.choice = row.choice,
          .at = to_rfc3339(row.at),
          .locale = row.shown.locale,
          .sha256 = row.sha256,
          .version = row.shown.version,
          .policy_version = row.policy_version,
          .screen = row.shown.screen,
          .control = row.shown.control,
          .proof = row.proof};
}

Result<ChoiceList> list_choices(Call& call) {
  const identity::Choices& choices = call.with.identity.choices();
  const auto history = choices.history(call.me().user_id);
  ChoiceList list;
  call.with.database.read([&](storage::Transaction& tx) {
    for (const PurposeFacts& facts : kPurposes) {
      if (facts.decision == Decision::kNone) continue;
      ChoiceView view{.purpose = std::string(facts.code),
                      .clause = std::string(facts.clause),
                      .decision = std::string(to_string(facts.decision)),
                      .permitted = choices.permits(tx, call.me().user_id, facts.purpose),
                      .history = {}};
      for (const auto& row : history) {
        if (row.purpose == facts.code) view.history.push_back(view_of(row));
      }
      list.items.push_back(std::move(view));
    }
  });
  return list;
}

Result<ChoiceList> choose(Call& call, const ChoiceInput& in) {
  const auto facts = std::ranges::find(kPurposes, call.parameters["purpose"], &PurposeFacts::code);
  if (facts == kPurposes.end()) return not_found("choice");
  const identity::Settings s = call.with.identity.settings();
  TRY(call.with.identity.choices().choose(
      call.me().user_id, facts->purpose, in.permitted,
      {.version = in.version, .locale = in.locale, .screen = in.screen, .control = in.control}, s.operator_name,
      s.operator_contact));
  return list_choices(call);
}

}  // namespace

Routes choice_routes() {
  return {
      {"GET", "/api/v1/me/choices",
       endpoint<list_choices>(Access::kSession, 200, "What one decided about purposes, with the proofs")},
      // A person decides, a program does not.
      {"PUT", "/api/v1/me/choices/{purpose}",
       in_person(endpoint<choose>(Access::kSession, 200, "Decide about a purpose: consent, switch or objection"))},
  };
}

}  // namespace postmypost::api::v1
