// The operator's registers: what may be given when, both clocks, counts by the registry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "care/incidents.hpp"
#include "care/legal_requests.hpp"
#include "care/schema.hpp"
#include "identity/identity.hpp"
#include "identity/personal_data.hpp"
#include "identity/schema.hpp"
#include "projects/personal_data.hpp"
#include "projects/projects.hpp"
#include "projects/schema.hpp"
#include "support/stores.hpp"
#include "vault/schema.hpp"

namespace postmypost::care {
namespace {

using identity::Role;
using storage::Transaction;
using testing::ElementsAre;
using testing::HasSubstr;

const identity::Visitor kVisitor{.ip = "203.0.113.7", .user_agent = "Firefox/140.0 Linux"};

class RegistersTest : public testing::Test {
 protected:
  RegistersTest()
      : stores_({vault::kSchema, identity::kSchema, identity::kLeavingSchema, identity::kChoicesSchema, identity::kRestrictionSchema, projects::kSchema,
                 kRegistersSchema}) {
    operator_ = person("op@example.org", Role::kOperator);
    anna_ = person("anna@example.org", Role::kUser);
    static_cast<void>(people_.sign_in("anna@example.org", "four unrelated words", kVisitor).value());
  }

  std::int64_t person(const std::string& email, Role role) {
    return people_.create_user({.name = "Анна", .email = email, .password = "four unrelated words", .locale = "ru"}, role).value();
  }
  template <class F>
  std::string code(F work) {
    const auto done = stores_.write([&](Transaction& tx) { return work(tx); });
    return done ? "" : done.error().code;
  }
  NewLegalRequest demand(std::vector<std::string> scope = {"email", "ip_address"}) {
    return {.authority = "Суд", .act_number = "А-1/2026", .norm = "ст. 1", .scope = std::move(scope), .subject_id = anna_};
  }
  std::int64_t enter(const NewLegalRequest& request) {
    return stores_.write([&](Transaction& tx) { return legal_.enter(tx, operator_, request).value().id; });
  }
  std::string approve(std::int64_t id, std::int64_t by) {
    return code([&](Transaction& tx) { return legal_.approve(tx, by, id); });
  }
  std::vector<GivenKind> given;
  std::string give(std::int64_t id) {
    return code([&](Transaction& tx) -> Result<> {
      TRY_ASSIGN(given, legal_.give(tx, operator_, id));
      return {};
    });
  }
  std::int64_t ledger_rows(std::string_view clause) {
    return *stores_.read([&](Transaction& tx) { return tx.value<std::int64_t>("select count(*) from disclosure where clause=$1", clause); });
  }
  std::int64_t notice(const std::vector<std::string>& kinds = {"email", "ip_address"}) {
    return stores_.write([&](Transaction& tx) {
      return incidents_.enter(tx, operator_, {.what = "Пропал диск", .kinds = kinds, .noticed_at = stores_.clock.now()}).value().id;
    });
  }
  Incident incident(std::int64_t id) {
    return stores_.read([&](Transaction& tx) { return incidents_.find(tx, id).value(); });
  }
  std::string disclose(std::int64_t id, std::vector<std::string> what, std::string recipient = "Провайдер") {
    return code([&](Transaction& tx) { return incidents_.disclose(tx, id, recipient, what); });
  }

  support::Stores stores_;
  identity::Identity people_{*stores_.database, *stores_.vault, stores_.clock, stores_.random};
  const privacy::Registry registry_{{identity::kPersonalData, projects::kPersonalData}};
  LegalRequests legal_{*stores_.vault, stores_.clock};
  Incidents incidents_{registry_, stores_.clock};
  std::int64_t operator_ = 0, anna_ = 0;
};

TEST_F(RegistersTest, one_operator_gives_nothing_before_a_day_has_passed_since_the_approval) {
  const std::int64_t id = enter(demand());
  EXPECT_EQ(give(id), "legal.needs_approval");
  stores_.clock.advance(days(2));
  EXPECT_EQ(give(id), "legal.needs_approval") << "time alone approves nothing";
  ASSERT_EQ(approve(id, operator_), "");
  EXPECT_EQ(give(id), "legal.rests");
  stores_.clock.advance(Duration{hours(24).us - 1});
  EXPECT_EQ(give(id), "legal.rests");
  EXPECT_EQ(ledger_rows("3.2.5"), 0);
  stores_.clock.advance(Duration{1});
  EXPECT_EQ(give(id), "");
  EXPECT_EQ(ledger_rows("3.2.5"), 1);
}

TEST_F(RegistersTest, two_operators_must_both_approve_and_then_nobody_waits) {
  const std::int64_t second = person("second@example.org", Role::kOperator);
  const std::int64_t id = enter(demand());
  ASSERT_EQ(approve(id, operator_), "");
  ASSERT_EQ(approve(id, operator_), "") << "the same word twice is one";
  stores_.clock.advance(days(2));
  EXPECT_EQ(give(id), "legal.needs_second_operator");
  ASSERT_EQ(approve(id, second), "");
  EXPECT_EQ(give(id), "");
}

TEST_F(RegistersTest, gives_what_the_scope_names_and_nothing_else_and_reads_nothing_else) {
  const std::int64_t id = enter(demand({"email", "ip_address"}));
  ASSERT_EQ(approve(id, operator_), "");
  stores_.clock.advance(days(1));
  const auto names = stores_.vault->reads(Category::kName, Purpose::kLegal);
  ASSERT_EQ(give(id), "");
  ASSERT_EQ(given.size(), 2U);
  EXPECT_EQ(given[0].kind, "email");
  EXPECT_THAT(given[0].values, ElementsAre("anna@example.org"));
  EXPECT_THAT(given[1].values, ElementsAre(HasSubstr("203.0.113.7")));
  EXPECT_EQ(stores_.vault->reads(Category::kName, Purpose::kLegal), names);
  const auto row = stores_.read([](Transaction& tx) {
    return tx.row<std::string, std::string, std::string, std::int64_t>("select what, recipient, evidence, user_id from disclosure where clause='3.2.5'");
  });
  EXPECT_EQ(row, (std::tuple(std::string("email,ip_address"), std::string("Суд"), "legal:" + std::to_string(id), anna_)));
  const auto request = stores_.read([&](Transaction& tx) { return legal_.find(tx, id).value(); });
  EXPECT_THAT(request.outputs.at(0).given, ElementsAre("email", "ip_address"));
}

TEST_F(RegistersTest, a_request_that_ended_gives_nothing_and_takes_no_approval) {
  const std::int64_t id = enter(demand());
  ASSERT_EQ(code([&](Transaction& tx) { return legal_.end(tx, operator_, id, "refused"); }), "");
  EXPECT_EQ(approve(id, operator_), "legal.ended");
  stores_.clock.advance(days(3));
  EXPECT_EQ(give(id), "legal.ended");
  EXPECT_EQ(code([&](Transaction& tx) { return legal_.end(tx, operator_, id, "fulfilled"); }), "legal.ended");
}

TEST_F(RegistersTest, a_request_names_authority_act_norm_a_person_here_and_a_scope_that_can_be_given) {
  const auto entered = [&](NewLegalRequest request) {
    return code([&](Transaction& tx) -> Result<> { TRY(legal_.enter(tx, operator_, request)); return {}; });
  };
  auto without = demand();
  without.act_number = "  ";
  EXPECT_EQ(entered(without), "legal.missing");
  for (const std::vector<std::string>& scope : {std::vector<std::string>{}, {"credential"}, {"email", "email"}, {"everything"}}) {
    EXPECT_EQ(entered(demand(scope)), "legal.scope");
  }
  auto nobody = demand();
  nobody.subject_id = 999;
  EXPECT_EQ(entered(nobody), "legal.subject");
}

TEST_F(RegistersTest, a_gag_keeps_its_own_row_from_its_person_until_its_day_and_for_good_once_they_are_gone) {
  const auto output = [&](std::optional<Instant> gag_until, std::int64_t subject) {
    auto request = demand();
    request.gag_until = gag_until;
    request.subject_id = subject;
    const std::int64_t id = enter(request);
    EXPECT_EQ(approve(id, operator_), "");
    stores_.clock.advance(days(1));
    EXPECT_EQ(give(id), "");
  };
  const auto seen_by = [&](std::int64_t user) {
    return *stores_.read([&](Transaction& tx) { return tx.value<std::int64_t>("select count(*) from disclosure where user_id=$1", user); });
  };
  const auto end_gags = [&] { return stores_.write([&](Transaction& tx) { return LegalRequests::end_gags(tx, stores_.clock.now()); }); };
  const std::int64_t boris = person("boris@example.org", Role::kUser);
  const Instant until = stores_.clock.now() + days(10);
  output({}, anna_);
  EXPECT_EQ(seen_by(anna_), 1) << "without a gag the row leads to its person at once";
  output(until, anna_);
  output(until, boris);
  EXPECT_EQ(seen_by(anna_), 1);
  EXPECT_EQ(end_gags(), 0);
  stores_.write([&](Transaction& tx) { tx.execute("delete from person where id=$1", boris); });
  stores_.clock.advance(days(10));
  EXPECT_EQ(end_gags(), 1);
  EXPECT_EQ(seen_by(anna_), 2);
  EXPECT_EQ(seen_by(boris), 0) << "who was erased is named no more";
  EXPECT_EQ(end_gags(), 0);
  EXPECT_EQ(ledger_rows("3.2.5"), 3);
}

TEST_F(RegistersTest, an_incident_has_a_day_for_the_first_word_and_three_for_the_result) {
  const std::int64_t id = notice();
  const Instant noticed = incident(id).what.noticed_at;
  EXPECT_EQ(incident(id).first_due().us - noticed.us, hours(24).us);
  EXPECT_EQ(incident(id).result_due().us - noticed.us, hours(72).us);
  const auto take = [&](const std::string& step) { return code([&](Transaction& tx) { return incidents_.take(tx, operator_, id, step); }); };
  stores_.clock.advance(hours(3));
  EXPECT_EQ(take("authority_first"), "");
  const Instant taken = stores_.clock.now();
  stores_.clock.advance(hours(3));
  EXPECT_EQ(take("authority_first"), "") << "once is enough";
  EXPECT_EQ(incident(id).taken("authority_first"), taken);
  EXPECT_EQ(take("celebrated"), "incident.step");
  EXPECT_EQ(take("closed"), "");
  EXPECT_EQ(take("persons_told"), "incident.closed");
}

TEST_F(RegistersTest, data_is_passed_on_under_an_open_incident_only_within_its_kinds) {
  const std::int64_t id = notice({"ip_address"});
  EXPECT_EQ(disclose(id, {"ip_address"}), "");
  EXPECT_EQ(disclose(id, {"ip_address", "email"}), "incident.scope");
  EXPECT_EQ(disclose(id, {}), "incident.scope");
  EXPECT_EQ(disclose(id, {"ip_address"}, " "), "incident.recipient");
  EXPECT_EQ(disclose(id + 1, {"ip_address"}), "incident.not_found");
  EXPECT_EQ(ledger_rows("3.2.3"), 1);
  EXPECT_EQ(incident(id).disclosures.at(0).recipient, "Провайдер");
  stores_.clock.advance(days(30) + Duration{1});
  EXPECT_EQ(disclose(id, {"ip_address"}), "incident.over") << "it has expired";
  const std::int64_t closed = notice({"ip_address"});
  ASSERT_EQ(code([&](Transaction& tx) { return incidents_.take(tx, operator_, closed, "closed"); }), "");
  EXPECT_EQ(disclose(closed, {"ip_address"}), "incident.over");
  EXPECT_EQ(ledger_rows("3.2.3"), 1);
}

TEST_F(RegistersTest, counts_whom_an_incident_touches_by_the_registry) {
  projects::Projects projects{*stores_.vault, stores_.clock};
  stores_.write([&](Transaction& tx) {
    const auto project = projects.create(tx, anna_, "Сойка", "UTC").value().id;
    tx.execute("insert into account (id, project_id, channel, state, connected_at, verified_at) values (1,$1,'telegram','connected',0,0)", project);
  });
  const std::int64_t id = notice({"email", "ip_address", "credential"});
  const auto affected = stores_.read([&](Transaction& tx) { return incidents_.affected(tx, incident(id)); });
  ASSERT_EQ(affected.size(), 3U);
  EXPECT_EQ(affected[0].persons, 2) << "the operator and Anna have an address";
  EXPECT_EQ(affected[1].persons, 1) << "only Anna has a session";
  EXPECT_EQ(affected[1].rows, 1);
  EXPECT_EQ(affected[2].persons, 1) << "an account's keys are those of the members of its project";
}

TEST_F(RegistersTest, drafts_of_letters_say_what_is_known_and_leave_the_rest_to_the_operator) {
  const std::int64_t id = notice();
  const auto affected = stores_.read([&](Transaction& tx) { return incidents_.affected(tx, incident(id)); });
  const IncidentDrafts ru = drafts_of(incident(id), affected, "ru", "Оператор", "op@example.org");
  EXPECT_THAT(ru.authority, testing::AllOf(HasSubstr("Пропал диск"), HasSubstr("людей: 2"), HasSubstr("[заполните]"), HasSubstr("op@example.org")));
  EXPECT_THAT(ru.persons, testing::AllOf(HasSubstr("Пропал диск"), testing::Not(HasSubstr("людей: "))));
  const IncidentDrafts en = drafts_of(incident(id), affected, "en", "Operator", "op@example.org");
  EXPECT_THAT(en.authority, testing::AllOf(HasSubstr("people: 2"), HasSubstr("[fill in]")));
  for (const std::string& text : {ru.authority, ru.persons, en.authority, en.persons}) {
    for (const char* claim : {"152-ФЗ", "GDPR", "{", "}"}) EXPECT_THAT(text, testing::Not(HasSubstr(claim)));
  }
}

}  // namespace
}  // namespace postmypost::care
