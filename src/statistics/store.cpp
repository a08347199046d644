#include "statistics/store.hpp"

#include <stdexcept>

namespace postmypost::statistics {
namespace {

using storage::Transaction;

constexpr std::string_view kSchema = R"sql(
create table count_run (
  purpose text not null,
  day text not null,
  people bigint not null,
  at bigint not null,
  primary key (purpose, day)
);
create table count_bin (
  purpose text not null,
  day text not null,
  histogram text not null,
  bin text not null,
  people bigint not null,
  primary key (purpose, day, histogram, bin)
);
)sql";

}  // namespace

Store::Store(const std::filesystem::path& folder, Instant now) : database_(storage::open_sqlite(folder / "statistics.sqlite")) {
  if (const auto made = storage::migrate(*database_, {{1, "statistics", kSchema}}, now); !made) {
    throw std::runtime_error(made.error().detail);
  }
}

bool Store::has(Purpose purpose, const std::string& day) const {
  return database_->read([&](Transaction& tx) {
    return tx.value<int>("select 1 from count_run where purpose=$1 and day=$2", to_string(purpose), day).has_value();
  });
}

bool Store::add(Purpose purpose, const Run& run, const Counts& counts) {
  return database_->write([&](Transaction& tx) {
    const bool is_first = tx.execute("insert into count_run (purpose, day, people, at) values ($1,$2,$3,$4) on conflict do nothing",
                                     to_string(purpose), run.day, run.people, run.at) == 1;
    if (!is_first) return false;
    for (const auto& [where, people] : counts) {
      tx.execute("insert into count_bin (purpose, day, histogram, bin, people) values ($1,$2,$3,$4,$5)", to_string(purpose), run.day,
                 where.first, where.second, people);
    }
    return true;
  });
}

std::optional<Shown> Store::newest(Purpose purpose) const {
  return database_->read([&](Transaction& tx) -> std::optional<Shown> {
    const auto row = tx.row<std::string, std::int64_t, Instant>(
        "select day, people, at from count_run where purpose=$1 order by day desc limit 1", to_string(purpose));
    if (!row) return std::nullopt;
    const auto& [day, people, at] = *row;
    Shown shown{.run = {.day = day, .people = people, .at = at}, .counts = {}, .is_too_few = people <= kTooFew};
    if (shown.is_too_few) {
      shown.run.people = 0;  // how many people a small server has is nobody's business either
      return shown;
    }
    for (const auto& [histogram, bin, count] : tx.rows<std::string, std::string, std::int64_t>(
             "select histogram, bin, people from count_bin where purpose=$1 and day=$2", to_string(purpose), day)) {
      shown.counts[{histogram, bin}] = count;
    }
    return shown;
  });
}

std::vector<Run> Store::runs(Purpose purpose, std::int64_t most) const {
  return database_->read([&](Transaction& tx) {
    std::vector<Run> all;
    for (const auto& [day, people, at] : tx.rows<std::string, std::int64_t, Instant>(
             "select day, people, at from count_run where purpose=$1 order by day desc limit $2", to_string(purpose), most)) {
      all.push_back({day, people, at});
    }
    return all;
  });
}

}  // namespace postmypost::statistics
