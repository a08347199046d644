// Analytics: what is known here about what was published. Networks are not asked.
#include <algorithm>
#include <array>

#include "api/v4_1/paging.hpp"
#include "api/v4_1/publication_view.hpp"
#include "base/zones.hpp"

namespace postmypost::api::v4_1 {
namespace {

constexpr auto kSortFields = std::to_array<std::string_view>({"id", "post_at", "created_at"});
constexpr std::int64_t kMostDays = 366;

struct Asked {
  projects::Project project;
  std::int64_t account = 0;
  std::vector<Day> days;
  Instant begin() const { return days.front().begin; }
  Instant end() const { return days.back().end; }
};

// Both days belong to the span.
Result<std::vector<Day>> days_of(const std::string& from, const std::string& to, std::string_view zone) {
  TRY_ASSIGN(const Day first, day_of(from, zone, "date_from"));
  TRY_ASSIGN(const Day last, day_of(to, zone, "date_to"));
  if (last.begin < first.begin) {
    return fail(invalid_query("date_to", "time.order", "The span ends before it begins.", "after=date_from", "Exchange the days."));
  }
  std::vector<Day> all{first};
  while (all.back().begin < last.begin) {
    if (static_cast<std::int64_t>(all.size()) == kMostDays) {
      return fail(invalid_query("date_to", "time.span", "A span has at most 366 days.", "max_days=366", "Ask for less at once."));
    }
    TRY_ASSIGN(const Day next, day_of(to_string(to_wall(all.back().end, zone)).substr(0, 10), zone, "date_to"));
    all.push_back(next);
  }
  return all;
}

struct Question {
  std::int64_t project = 0, account = 0;
  std::string from, to;
};

Result<Question> question_of(const Call& call) {
  Question question;
  TRY_ASSIGN(question.project, required_number(call, "project_id"));
  TRY_ASSIGN(question.account, required_number(call, "account_id"));
  TRY_ASSIGN(question.from, required_text(call, "date_from"));
  TRY_ASSIGN(question.to, required_text(call, "date_to"));
  return question;
}

Result<Asked> asked_of(const Call& call, storage::Transaction& tx, const Question& question) {
  Asked asked;
  TRY_ASSIGN(asked.project, call.project(tx, question.project));
  TRY(call.services().account_rows.find(tx, question.project, question.account));
  asked.account = question.account;
  TRY_ASSIGN(asked.days, days_of(question.from, question.to, asked.project.zone));
  return asked;
}

// Published by us in the account within the span and not deleted over there since.
constexpr std::string_view kPublished =
    " from delivery d where d.project_id=$1 and d.state='published' and d.account_id=$2 and d.sent_at >= $3 and d.sent_at < $4 and not "
    "exists (select 1 from removal r where r.delivery_id=d.id and r.state='gone')";

json::object metric_of_publications(storage::Transaction& tx, const Asked& asked) {
  std::vector<std::int64_t> counts(asked.days.size(), 0);
  tx.each("select d.sent_at" + std::string(kPublished),
          storage::Transaction::parameters(asked.project.id, asked.account, asked.begin(), asked.end()), [&](const storage::Row& row) {
            const Instant at = row.get<Instant>(0);
            const auto day = std::ranges::upper_bound(asked.days, at, {}, &Day::begin) - asked.days.begin() - 1;
            ++counts[static_cast<std::size_t>(day)];
          });
  json::array data;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const Instant last_second = asked.days[i].end - seconds(1);
    data.push_back(json::object{{"date", to_rfc3339(last_second, asked.project.zone)}, {"value", counts[i]}});
  }
  return {{"type", "publications"}, {"title", "Publications"}, {"data", std::move(data)}};
}

// The only metric that is known without asking a network; others are ignored.
Result<json::value> analytics_of_accounts(Call& call) {
  TRY_ASSIGN(const Question question, question_of(call));
  TRY_ASSIGN(const std::string metrics, required_text(call, "metrics"));
  return call.services().database.read([&](storage::Transaction& tx) -> Result<json::value> {
    TRY_ASSIGN(const Asked asked, asked_of(call, tx, question));
    json::array data;
    const bool is_asked = ("," + metrics + ",").find(",publications,") != std::string::npos;
    if (is_asked) data.push_back(metric_of_publications(tx, asked));
    return json::object{{"data", std::move(data)}};
  });
}

json::object media_file(std::string url, std::optional<int> width, std::optional<int> height) {
  json::object file{{"url", std::move(url)}};
  if (width) file["width"] = *width;
  if (height) file["height"] = *height;
  return file;
}

json::array attaches_of(const Call& call, storage::Transaction& tx, const publications::Detail& detail) {
  json::array attaches;
  for (const auto& picture : detail.pictures) {
    const auto file = call.services().files.load(tx, picture.file_id);
    if (!file) continue;
    attaches.push_back(json::object{{"type", "image"},
                                    {"image", media_file(original_url(call, *file), file->width, file->height)},
                                    {"preview", media_file(thumbnail_url(call, *file), std::nullopt, std::nullopt)}});
  }
  if (detail.link && !detail.link->empty()) {
    attaches.push_back(json::object{{"type", "link"}, {"link", json::object{{"url", *detail.link}}}});
  }
  return attaches;
}

// A story is 3 here and 2 in a publication's details.
int type_of(publications::PostKind kind) {
  return kind == publications::PostKind::kStory ? 3 : kind == publications::PostKind::kReels ? 4 : 1;
}

json::object post_of(const Call& call, storage::Transaction& tx, const publishing::Delivery& delivery, std::string_view zone) {
  const auto publication = call.services().publications.load(tx, delivery.publication_id);
  json::object post{{"id", std::to_string(delivery.id)},
                    {"external_id", delivery.remote_id.value_or("")},
                    {"external_url", delivery.permalink.value_or("")},
                    {"created_at", to_rfc3339(delivery.sent_at.value_or(delivery.due), zone)},
                    {"content", ""},
                    {"analytics", json::object{}},
                    {"attaches", json::array{}},
                    {"type", 1}};
  if (!publication || !publication->has_detail_for(delivery.account_id)) return post;  // its version went with the account
  const publications::Detail& detail = publication->detail_for(delivery.account_id);
  post["content"] = detail.text;
  post["attaches"] = attaches_of(call, tx, detail);
  post["type"] = type_of(detail.kind);
  return post;
}

// Of the product's kinds, by the code of analytics.
Result<std::string> kind_asked(const Call& call) {
  const auto text = call.query("type");
  if (!text || text->empty()) return std::string();
  if (*text == "1") return std::string("post");
  if (*text == "3") return std::string("story");
  if (*text == "4") return std::string("reels");
  return fail(invalid_query("type", "json.enum", "This must be one of: 1, 3, 4.", "enum=1, 3, 4", "Send one of these values."));
}

std::string order_of(const Paging& paging) {
  std::string order;
  for (const SortField& field : paging.sort) {
    order += std::string(field.name == "id" ? "d.id" : "d.sent_at") + (field.descending ? " desc, " : ", ");
  }
  return order.empty() ? "d.sent_at desc, d.id desc" : order + "d.id";
}

Result<json::value> analytics_of_publications(Call& call) {
  TRY_ASSIGN(const Question question, question_of(call));
  TRY_ASSIGN(const Paging paging, paging_of(call, kSortFields));
  TRY_ASSIGN(const std::string kind, kind_asked(call));
  return call.services().database.read([&](storage::Transaction& tx) -> Result<json::value> {
    TRY_ASSIGN(const Asked asked, asked_of(call, tx, question));
    auto parameters = storage::Transaction::parameters(asked.project.id, asked.account, asked.begin(), asked.end(), kind);
    // The account's own version decides about the kind, or else the one for all.
    const std::string from = std::string(kPublished) +
                             " and ($5 = '' or $5 = coalesce((select v.kind from detail v where v.publication_id=d.publication_id and "
                             "v.account_id=d.account_id), (select min(v.kind) from detail v where v.publication_id=d.publication_id and "
                             "v.account_id is null), 'post'))";
    std::int64_t total = 0;
    tx.each("select count(*)" + from, parameters, [&](const storage::Row& row) { total = row.integer(0); });
    parameters.insert(parameters.end(), {paging.per_page, paging.offset()});
    std::vector<std::int64_t> ids;
    tx.each("select d.id" + from + " order by " + order_of(paging) + " limit $6 offset $7", parameters,
            [&](const storage::Row& row) { ids.push_back(row.integer(0)); });
    json::array data;
    for (const std::int64_t id : ids) data.push_back(post_of(call, tx, *publishing::load_delivery(tx, id), asked.project.zone));
    return page_answer(std::move(data), paging, total);
  });
}

}  // namespace

Routes analytics_routes() {
  constexpr std::string_view kScope = "analytics:read";
  return {
      {"GET", "/analytics/accounts", {.scope = kScope, .summary = "Metrics of an account by day", .run = analytics_of_accounts}},
      {"GET", "/analytics/publications",
       {.scope = kScope, .summary = "What was published in an account", .run = analytics_of_publications}},
  };
}

}  // namespace postmypost::api::v4_1
