#include "api/answers.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace postmypost::api {
namespace {

Error conflict(std::string code, std::string detail, std::string fix, int retry_after_s = 0) {
  return {.kind = ErrorKind::kConflict,
          .code = std::move(code),
          .detail = std::move(detail),
          .how_to_fix = std::move(fix),
          .retry_after_s = retry_after_s};
}

Error under_way() {
  return conflict("request.under_way", "A request with this Idempotency-Key is being worked on.",
                  "Wait a second and send it again.", 1);
}

// Several processes may share a PostgreSQL, so a claim of another one may be alive: it is told apart by its age.
constexpr Duration kLongestOutside = minutes(5);

}  // namespace

Result<NamedRequest> named(const http::Request& request, std::int64_t user_id, std::int64_t token_id) {
  const std::string_view key = request.headers.get("Idempotency-Key").value_or("");
  const bool is_visible = std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
  if (key.empty() || key.size() > kLongestRequestKey || !is_visible) {
    return fail({.code = "request.key_form",
                 .detail = "An Idempotency-Key is 1 to 255 visible ASCII characters.",
                 .rule = "visible_ascii=1..255",
                 .how_to_fix = "Send a random name, such as a UUID, and the same one when you repeat the request."});
  }
  const std::string who = std::to_string(user_id) + "/" + std::to_string(token_id);
  const std::size_t query = request.target.find('?');
  const std::string_view asked = query == std::string::npos ? std::string_view() : std::string_view(request.target).substr(query);
  // No part can hold a line feed but the body, which comes last.
  return NamedRequest{.user_id = user_id,
                      .key = sha256(who + "\n" + request.method + "\n" + request.path + "\n" + std::string(key)),
                      .digest = sha256(std::string(asked) + "\n" + request.body)};
}

vault::Place Answers::place(std::int64_t row, std::int64_t user) const {
  return {.table = "stored_answer", .column = "answer", .row = row, .scope = KeyScope::kUser, .owner = user};
}

Result<std::optional<StoredAnswer>> Answers::find(storage::Transaction& tx, const NamedRequest& request) const {
  const auto row = tx.row<std::int64_t, storage::Blob, std::optional<int>, storage::Blob, Instant>(
      "select id, request_digest, status, answer, at from stored_answer where request_key=$1", storage::Blob{request.key});
  if (!row) return std::optional<StoredAnswer>();
  const auto& [id, digest, status, answer, at] = *row;
  if (digest.bytes != request.digest) {
    return fail(conflict("request.key_reused", "This Idempotency-Key was used for another request.",
                         "Send a new key with a new request."));
  }
  if (!status) {
    const bool may_be_elsewhere = tx.dialect() == storage::Dialect::kPostgresql && at + kLongestOutside > clock_.now();
    if (may_be_elsewhere) return fail(under_way());
    return fail(conflict("request.outcome_unknown",
                         "A request with this Idempotency-Key was begun, and the server stopped before it could say how it ended.",
                         "Look whether it took effect; if it did not, send it with a new key."));
  }
  const vault::Sealed<Category::kContent> sealed{answer.bytes};
  return std::optional(StoredAnswer{.status = *status, .body = vault_.open<Purpose::kCabinet>(place(id, request.user_id), sealed)});
}

void Answers::store(storage::Transaction& tx, const NamedRequest& request, const StoredAnswer& answer) const {
  const std::int64_t id = tx.next_id("stored_answer");
  const auto sealed = vault_.seal<Category::kContent>(place(id, request.user_id), answer.body);
  tx.execute(
      "insert into stored_answer (id, user_id, request_key, request_digest, status, answer, at) values ($1,$2,$3,$4,$5,$6,$7)",
      id, request.user_id, storage::Blob{request.key}, storage::Blob{request.digest}, answer.status, storage::Blob{sealed.bytes},
      clock_.now());
}

Result<std::optional<StoredAnswer>> Answers::claim(const NamedRequest& request) {
  {
    const std::lock_guard lock(mutex_);
    if (!under_way_.insert(request.key).second) return fail(under_way());
  }
  try {
    auto before = database_.write([&](storage::Transaction& tx) -> Result<std::optional<StoredAnswer>> {
      TRY_ASSIGN(auto found, find(tx, request));
      if (found) return found;
      const std::int64_t id = tx.next_id("stored_answer");
      const auto sealed = vault_.seal<Category::kContent>(place(id, request.user_id), "");
      tx.execute("insert into stored_answer (id, user_id, request_key, request_digest, answer, at) values ($1,$2,$3,$4,$5,$6)", id,
                 request.user_id, storage::Blob{request.key}, storage::Blob{request.digest}, storage::Blob{sealed.bytes},
                 clock_.now());
      return std::optional<StoredAnswer>();
    });
    if (!before || *before) abandon(request);
    return before;
  } catch (...) {
    abandon(request);
    throw;
  }
}

void Answers::finish(const NamedRequest& request, const StoredAnswer& answer) {
  database_.write([&](storage::Transaction& tx) {
    const auto id = tx.value<std::int64_t>("select id from stored_answer where request_key=$1", storage::Blob{request.key});
    if (!id) return;  // the person was erased meanwhile
    const auto sealed = vault_.seal<Category::kContent>(place(*id, request.user_id), answer.body);
    tx.execute("update stored_answer set status=$2, answer=$3 where id=$1", *id, answer.status, storage::Blob{sealed.bytes});
  });
  abandon(request);
}

void Answers::give_up(const NamedRequest& request) {
  database_.write([&](storage::Transaction& tx) {
    tx.execute("delete from stored_answer where request_key=$1 and status is null", storage::Blob{request.key});
  });
  abandon(request);
}

void Answers::abandon(const NamedRequest& request) {
  const std::lock_guard lock(mutex_);
  under_way_.erase(request.key);
}

}  // namespace postmypost::api
