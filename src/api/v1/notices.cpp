// The bell: what happened, and how far a person has seen it.
#include <array>
#include <algorithm>

#include "api/v1/api.hpp"
#include "care/notices.hpp"

namespace postmypost::api::v1 {

struct NoticeView {
  std::string id, kind, code, at;
  bool seen = false;
  std::optional<std::int64_t> project_id, publication_id, account_id, ticket_id, version;
};
BOOST_DESCRIBE_STRUCT(NoticeView, (),
                      (id, kind, code, at, seen, project_id, publication_id, account_id, ticket_id, version))

struct NoticeList {
  std::vector<NoticeView> items;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(NoticeList, (), (items, next_cursor))

struct NoticeCount {
  std::int64_t unseen = 0;  // at most 100
};
BOOST_DESCRIBE_STRUCT(NoticeCount, (), (unseen))

struct NoticesSeen {
  std::string until;  // id of the newest notice on screen
};
BOOST_DESCRIBE_STRUCT(NoticesSeen, (), (until))

namespace {

constexpr std::int64_t kOnePage = 30;

NoticeView view_of(const care::Notice& n, Instant seen_until) {
  return {.id = n.cursor(),
          .kind = n.kind,
          .code = n.code,
          .at = to_rfc3339(n.at),
          .seen = !(seen_until < n.at),
          .project_id = n.project_id,
          .publication_id = n.publication_id,
          .account_id = n.account_id,
          .ticket_id = n.ticket_id,
          .version = n.version};
}

Result<NoticeList> list_notices(Call& call) {
  std::optional<std::string> cursor;
  if (const auto given = call.request.query_value("cursor"); given && !given->empty()) cursor = std::string(*given);
  TRY_ASSIGN(const care::NoticePage page, call.with.database.read([&](storage::Transaction& tx) {
    return care::notices_of(tx, call.me().user_id, cursor, kOnePage);
  }));
  NoticeList list{.items = {}, .next_cursor = page.next_cursor};
  for (const auto& notice : page.items) list.items.push_back(view_of(notice, page.seen_until));
  return list;
}

Result<NoticeCount> count_notices(Call& call) {
  return NoticeCount{call.with.database.read(
      [&](storage::Transaction& tx) { return care::unseen_of(tx, call.me().user_id); })};
}

Result<NoticeCount> mark_notices(Call& call, const NoticesSeen& in) {
  TRY(call.with.database.write(
      [&](storage::Transaction& tx) { return care::mark_seen(tx, call.me().user_id, in.until); }));
  return count_notices(call);
}

constexpr auto kPaging = std::to_array<QueryParameter>({
    {"cursor", "string", "next_cursor of the page before"},
});

}  // namespace

Routes notice_routes() {
  return {
      {"GET", "/api/v1/me/notices", asking(kPaging, endpoint<list_notices>(Access::kSession, 200, "What one should know, newest first"))},
      {"GET", "/api/v1/me/notices/count", endpoint<count_notices>(Access::kSession, 200, "How many were not seen")},
      {"POST", "/api/v1/me/notices/seen",
       endpoint<mark_notices>(Access::kSession, 200, "Say how far notices were seen")},
  };
}

}  // namespace postmypost::api::v1
