#include "care/incidents.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"
#include "vault/ledger.hpp"

namespace postmypost::care {
namespace {

using storage::Transaction;

constexpr std::size_t kLongestText = 2'000;
constexpr std::size_t kLongestName = 300;
constexpr auto kSteps = std::to_array<std::string_view>({"authority_first", "authority_result", "persons_told", "closed"});

Error broken(std::string code, std::string detail, std::string field, std::string rule, std::string fix) {
  return {.code = std::move(code), .detail = std::move(detail), .field = std::move(field), .rule = std::move(rule),
          .how_to_fix = std::move(fix)};
}

bool is_kind(const std::string& code) { return std::ranges::find(kCategories, code, &CategoryFacts::code) != kCategories.end(); }

bool all_once(const std::vector<std::string>& words) {
  return !words.empty() && std::set<std::string>(words.begin(), words.end()).size() == words.size();
}

Result<> check(NewIncident& incident, Instant now) {
  incident.what = tidy(incident.what);
  if (incident.what.empty() || count_graphemes(incident.what) > kLongestText) {
    return fail(broken("incident.what", "An incident needs a description.", "/what", "length=1..2000",
                       "Say what happened, without anybody's data."));
  }
  if (!all_once(incident.kinds) || !std::ranges::all_of(incident.kinds, is_kind)) {
    return fail(broken("incident.kinds", "An incident names the kinds of data it touches, each once.", "/kinds", "category",
                       "Choose from the registry's kinds."));
  }
  if (now < incident.noticed_at) {
    return fail(broken("incident.noticed_at", "It can't have been noticed in the future.", "/noticed_at", "past",
                       "Write when it was noticed: both clocks begin there."));
  }
  return {};
}

std::string evidence_of(std::int64_t incident) { return "incident:" + std::to_string(incident); }

// Of a table: which people its rows lead to, as a query of their numbers; empty where they lead to nobody.
std::string people_of(const PersonalData& room, std::string_view table) {
  std::string person, project, account;
  for (const Declared& one : room.declared) {
    if (one.medium != Medium::kColumn || one.table != table) continue;
    each_word(one.names, [&](std::string_view name) {
      const bool is_person = one.personal && one.personal->category == Category::kPersonNumber &&
                             one.personal->subject == Subject::kUser;
      if (is_person && person.empty()) person = name;
      if (name == "project_id") project = name;
      if (name == "account_id") account = name;
    });
  }
  const std::string from(table);
  if (!person.empty()) return "select " + person + " as person from " + from;
  if (!project.empty()) return "select m.user_id as person from member m where m.project_id in (select project_id from " + from + ")";
  if (!account.empty()) {
    return "select m.user_id as person from member m join account a on a.project_id=m.project_id where a.id in (select "
           "account_id from " + from + ")";
  }
  return "";
}

bool holds(const Declared& one, std::string_view kind) {
  return one.medium == Medium::kColumn && one.personal && to_string(one.personal->category) == kind;
}

}  // namespace

std::optional<Instant> Incident::taken(std::string_view step) const {
  const auto found = std::ranges::find(steps, step, &IncidentStep::step);
  return found == steps.end() ? std::nullopt : std::optional(found->at);
}

Result<Incident> Incidents::enter(Transaction& tx, std::int64_t by, const NewIncident& given) const {
  NewIncident incident = given;
  const Instant now = clock_.now();
  TRY(check(incident, now));
  const std::int64_t id = tx.next_id("incident");
  tx.execute(
      "insert into incident (id, what, kinds, noticed_at, expires_at, registered_by, registered_at) values ($1,$2,$3,$4,$5,$6,$7)",
      id, incident.what, joined(incident.kinds), incident.noticed_at, now + kIncidentLasts, by, now);
  return find(tx, id);
}

std::vector<Incident> Incidents::all(Transaction& tx) const {
  std::vector<Incident> incidents;
  tx.each("select id, what, kinds, noticed_at, expires_at, registered_at from incident order by noticed_at desc, id desc", {},
          [&](const storage::Row& row) {
            incidents.push_back({.id = row.integer(0),
                                 .what = {.what = row.text(1),
                                          .kinds = split_words(row.text(2)),
                                          .noticed_at = row.get<Instant>(3)},
                                 .expires_at = row.get<Instant>(4),
                                 .registered_at = row.get<Instant>(5)});
          });
  for (Incident& incident : incidents) {
    tx.each("select step, at from incident_step where incident_id=$1 order by at, id", {incident.id},
            [&](const storage::Row& row) { incident.steps.push_back({row.text(0), row.get<Instant>(1)}); });
    tx.each("select recipient, what, at from disclosure where clause='3.2.3' and evidence=$1 order by at, id",
            {evidence_of(incident.id)}, [&](const storage::Row& row) {
              incident.disclosures.push_back({row.text(0), split_words(row.text(1)), row.get<Instant>(2)});
            });
  }
  return incidents;
}

Result<Incident> Incidents::find(Transaction& tx, std::int64_t id) const {
  for (Incident& incident : all(tx)) {
    if (incident.id == id) return std::move(incident);
  }
  return not_found("incident");
}

Result<> Incidents::take(Transaction& tx, std::int64_t by, std::int64_t id, const std::string& step) const {
  TRY_ASSIGN(const Incident incident, find(tx, id));
  if (std::ranges::find(kSteps, step) == kSteps.end()) {
    return fail(broken("incident.step", "There is no such step.", "/step",
                       "enum=authority_first,authority_result,persons_told,closed", "Choose one of them."));
  }
  if (incident.taken("closed")) {
    return fail({.kind = ErrorKind::kConflict,
                 .code = "incident.closed",
                 .detail = "This incident is closed.",
                 .how_to_fix = "Enter a new one."});
  }
  if (incident.taken(step)) return {};
  tx.execute("insert into incident_step (id, incident_id, step, taken_by, at) values ($1,$2,$3,$4,$5)",
             tx.next_id("incident_step"), id, step, by, clock_.now());
  return {};
}

Result<> Incidents::disclose(Transaction& tx, std::int64_t id, const std::string& given,
                             const std::vector<std::string>& what) const {
  TRY_ASSIGN(const Incident incident, find(tx, id));
  const Instant now = clock_.now();
  if (incident.taken("closed") || incident.expires_at < now) {
    return fail({.kind = ErrorKind::kConflict,
                 .code = "incident.over",
                 .detail = "Under an incident that is closed or expired nothing is passed on.",
                 .how_to_fix = "Enter a new one if it goes on."});
  }
  const std::string recipient = tidy(given);
  if (recipient.empty() || count_graphemes(recipient) > kLongestName) {
    return fail(broken("incident.recipient", "Who received it is missing.", "/recipient", "length=1..300", "Name them."));
  }
  const bool within = all_once(what) && std::ranges::all_of(what, [&](const std::string& kind) {
    return std::ranges::find(incident.what.kinds, kind) != incident.what.kinds.end();
  });
  if (!within) {
    return fail(broken("incident.scope", "Only kinds of data that the incident names are passed on, each once.", "/what",
                       "enum=" + joined(incident.what.kinds), "Choose from them."));
  }
  const auto row = vault::Ledger::record(tx,
                                         {.recipient_host = "",
                                          .recipient = recipient,
                                          .what = what,
                                          .purpose = Purpose::kSecurity,
                                          .clause = "3.2.3",
                                          .evidence = evidence_of(id)},
                                         now);
  vault::Ledger::record_outcome(tx, row.id(), vault::DisclosureOutcome::kDelivered, now);
  return {};
}

std::vector<Affected> Incidents::affected(Transaction& tx, const Incident& incident) const {
  std::vector<Affected> all;
  for (const std::string& kind : incident.what.kinds) {
    Affected counted{.kind = kind, .rows = 0, .persons = {}};
    std::string people;
    std::set<std::string_view> tables;
    for (const PersonalData& room : registry_.rooms()) {
      for (const Declared& one : room.declared) {
        // The keys' own database is another one.
        if (!holds(one, kind) || one.table == "data_key" || !tables.insert(one.table).second) continue;
        counted.rows += tx.value<std::int64_t>("select count(*) from " + std::string(one.table)).value_or(0);
        if (const std::string query = people_of(room, one.table); !query.empty()) {
          people += (people.empty() ? "" : " union ") + query;
        }
      }
    }
    if (!people.empty()) {
      counted.persons = tx.value<std::int64_t>("select count(distinct person) from (" + people + ") who where person is not null");
    }
    all.push_back(std::move(counted));
  }
  return all;
}

}  // namespace postmypost::care
