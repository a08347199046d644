#include "statistics/counting.hpp"

#include <optional>
#include <tuple>

#include "base/zones.hpp"

namespace postmypost::statistics {
namespace {

using storage::Transaction;

struct Facts {
  std::int64_t posts = 0, accounts = 0;
  std::string network = "none";
};

std::optional<std::int64_t> next_person(Transaction& tx, std::int64_t behind) {
  return tx.value<std::int64_t>("select id from person where id > $1 and leaving_at is null and email_confirmed_by <> 'awaited' order by id limit 1", behind);
}

Facts facts_of_person(Transaction& tx, std::int64_t person, Instant since) {
  Facts facts;
  std::int64_t most = 0;
  for (const auto& [channel, posts] : tx.rows<std::string, std::int64_t>(
           "select d.channel, count(*) from member m join delivery d on d.project_id = m.project_id and d.state = 'published' "
           "and d.sent_at >= $2 join publication p on p.id = d.publication_id where m.user_id = $1 and p.author_id = $1 "
           "group by d.channel order by d.channel",
           person, since)) {
    facts.posts += posts;
    if (posts > most) std::tie(most, facts.network) = std::tie(posts, channel);
  }
  facts.accounts = tx.value<std::int64_t>("select count(*) from account a join member m on m.project_id = a.project_id where "
                                          "m.user_id = $1 and a.state = 'connected'",
                                          person)
                       .value_or(0);
  return facts;
}

void add_to(Counts& counts, const Facts& facts) {
  ++counts[{std::string(kPostsOfWeek.code), bin_of(kPostsOfWeek, facts.posts)}];
  ++counts[{std::string(kAccounts.code), bin_of(kAccounts, facts.accounts)}];
  ++counts[{std::string(kNetworkOfWeek), facts.network}];
}

}  // namespace

std::string day_of(Instant now) { return to_rfc3339(now).substr(0, 10); }

void count_people(storage::Database& database, const identity::Choices& choices, Store& store, Instant now,
                  const std::atomic<bool>& stop) {
  Run run{.day = day_of(now), .people = 0, .at = now};
  if (store.has(Purpose::kStatistics, run.day)) return;
  Counts counts;
  for (std::int64_t behind = 0; !stop;) {
    const auto person = database.read([&](Transaction& tx) { return next_person(tx, behind); });
    if (!person) {
      store.add(Purpose::kStatistics, run, counts);
      return;
    }
    behind = *person;
    database.read([&](Transaction& tx) {
      if (!choices.permits(tx, *person, Purpose::kStatistics)) return;
      add_to(counts, facts_of_person(tx, *person, now - days(7)));
      ++run.people;
    });
  }
}

}  // namespace postmypost::statistics
