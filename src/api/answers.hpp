// What was answered to requests with an Idempotency-Key, so that a repeated one changes nothing and hears the same.
//
// A request that only changes the database is stored in the transaction of its change: it happened and is remembered, or
// neither. One that reaches outside (a network, a file) is claimed first and answered after; when its process ended between,
// nobody knows, and the next one is told so. Kept 24 hours (Retention::kAnswer), sealed with the key of whoever asked.
// Stateless but for the claims of this process. Thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/message.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::api {

inline constexpr std::size_t kLongestRequestKey = 255;

// A request and its key, as they are remembered.
struct NamedRequest {
  std::int64_t user_id = 0;
  std::string key;     // 32 bytes: who, method, path and Idempotency-Key
  std::string digest;  // 32 bytes: query and body
};
// `token_id`: of an access token, 0 for a person in a browser. Errors: `request.key_form` (1 to 255 visible ASCII characters).
Result<NamedRequest> named(const http::Request& request, std::int64_t user_id, std::int64_t token_id);

struct StoredAnswer {
  int status = 200;
  std::string body;  // JSON; empty: none
};

class Answers {
 public:
  Answers(storage::Database& database, vault::Vault& vault, const Clock& clock)
      : database_(database), vault_(vault), clock_(clock) {}

  // The answer given before, or nothing when the request is new.
  // Errors: `request.key_reused` (409: another body), `request.under_way`, `request.outcome_unknown`.
  Result<std::optional<StoredAnswer>> find(storage::Transaction& tx, const NamedRequest& request) const;
  void store(storage::Transaction& tx, const NamedRequest& request, const StoredAnswer& answer) const;

  // For requests that reach outside: claims the key, or tells the answer given before, with the errors of `find`.
  Result<std::optional<StoredAnswer>> claim(const NamedRequest& request);
  void finish(const NamedRequest& request, const StoredAnswer& answer);
  void give_up(const NamedRequest& request);  // nothing happened: the key is free again
  void abandon(const NamedRequest& request);  // nobody knows how far it came: the next one is told so

 private:
  vault::Place place(std::int64_t row, std::int64_t user) const;

  storage::Database& database_;
  vault::Vault& vault_;
  const Clock& clock_;
  std::mutex mutex_;
  std::set<std::string> under_way_;  // keys claimed by this process
};

}  // namespace postmypost::api
