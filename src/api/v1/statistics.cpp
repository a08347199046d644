// What was counted (clauses 2.2.4, 2.2.6): sums of people, shown only where many were counted.
#include "api/v1/endpoint.hpp"
#include "api/v1/shapes.hpp"

namespace postmypost::api::v1 {

struct BinView {
  std::string bin;
  std::int64_t people = 0;
};
BOOST_DESCRIBE_STRUCT(BinView, (), (bin, people))

struct HistogramView {
  std::string histogram;
  std::vector<BinView> bins;
};
BOOST_DESCRIBE_STRUCT(HistogramView, (), (histogram, bins))

struct StatisticsView {
  std::optional<std::string> day;       // none: nothing was counted yet
  bool too_few = true;                  // then nothing else is said
  std::int64_t more_than = 0;           // how many people it takes
  std::optional<std::int64_t> people;
  std::vector<HistogramView> histograms;
};
BOOST_DESCRIBE_STRUCT(StatisticsView, (), (day, too_few, more_than, people, histograms))

namespace {

StatisticsView view_of(const std::optional<statistics::Shown>& shown) {
  StatisticsView view{.day = {}, .too_few = true, .more_than = statistics::kTooFew, .people = {}, .histograms = {}};
  if (!shown) return view;
  view.day = shown->run.day;
  view.too_few = shown->is_too_few;
  if (!shown->is_too_few) view.people = shown->run.people;
  for (const auto& [where, people] : shown->counts) {
    if (view.histograms.empty() || view.histograms.back().histogram != where.first) view.histograms.push_back({where.first, {}});
    view.histograms.back().bins.push_back({where.second, people});
  }
  return view;
}

Result<StatisticsView> show_statistics(Call& call) { return view_of(call.with.statistics.newest(Purpose::kStatistics)); }
Result<StatisticsView> show_improvement(Call& call) { return view_of(call.with.statistics.newest(Purpose::kImprove)); }

}  // namespace

Routes statistics_routes() {
  return {
      {"GET", "/api/v1/privacy/statistics",
       endpoint<show_statistics>(Access::kAnyone, 200, "How this server is used: sums, where more than 200 people were counted")},
      {"GET", "/api/v1/improvement",
       endpoint<show_improvement>(Access::kOperator, 200, "What those who consented use: sums, for the operator")},
  };
}

}  // namespace postmypost::api::v1
