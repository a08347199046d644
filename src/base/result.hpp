// What can go wrong in a correct program, as a value.
//
// `Result<T>` is returned by every function that can fail without a bug: bad input, a refused right, a network
// that answers no. Exceptions are for broken invariants and failed infrastructure only (docs/architecture.md).
// An ignored Result does not compile.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <utility>

namespace postmypost {

// Decides the HTTP status of a problem, and whether a person, a retry or an operator is needed.
enum class ErrorKind {
  kInvalid,       // 422: the input breaks a rule
  kMalformed,     // 400: the input can't be read at all
  kUnauthorized,  // 401: nobody is signed in
  kForbidden,     // 403: signed in, without the right
  kNotFound,      // 404: not there, or not yours to see
  kConflict,      // 409: the state does not allow it now
  kGone,          // 410: was here, will not come back
  kStale,         // 412: not what it was when it was read
  kTooLarge,      // 413
  kUnread,        // 428: a text has to be read and acknowledged first
  kTooMany,       // 429: slow down; `retry_after_s` says how long
  kUnavailable,   // 503: we can't at present (disk full, clock suspect)
  kUpstream,      // 502: the other side (a network, an instance) failed or refused
};

// `code` is stable and machine-readable ("account.token_revoked"); clients and the message catalogues of the
// web app key on it, so it never changes meaning. `detail` is one human sentence in English; `params` carry
// the values that a translation needs ("limit" = "300"). None of the texts may hold a secret or personal data.
struct [[nodiscard]] Error {
  ErrorKind kind = ErrorKind::kInvalid;
  std::string code;
  std::string detail;
  std::string field = {};       // JSON pointer of the input at fault, e.g. "/details/0/text"
  std::string rule = {};        // the rule that was broken, e.g. "max_graphemes=300"
  std::string how_to_fix = {};  // what to do now, one sentence
  std::map<std::string, std::string> params = {};
  int retry_after_s = 0;
};

template <class T = void>
using Result = std::expected<T, Error>;

// `return fail({.kind = ErrorKind::kNotFound, .code = "project.not_found", .detail = "…"});`
[[nodiscard]] inline std::unexpected<Error> fail(Error error) {
  return std::unexpected<Error>(std::move(error));
}

[[nodiscard]] inline std::unexpected<Error> not_found(std::string what) {
  return fail({.kind = ErrorKind::kNotFound,
               .code = what + ".not_found",
               .detail = "There is no such " + what + ", or it is not yours.",
               .how_to_fix = "Check the address, or ask a member of the project for access."});
}

}  // namespace postmypost

// Assigns the value of a Result to `lhs`, or returns its error from the enclosing function.
#define POSTMYPOST_JOIN_(a, b) a##b
#define POSTMYPOST_JOIN(a, b) POSTMYPOST_JOIN_(a, b)
#define TRY_ASSIGN(lhs, expression) TRY_ASSIGN_(POSTMYPOST_JOIN(try_result_, __LINE__), lhs, expression)
#define TRY_ASSIGN_(name, lhs, expression)                           \
  auto name = (expression);                                          \
  if (!name) return std::unexpected(std::move(name).error());        \
  lhs = std::move(*name)
// Returns the error of a Result<void> (or of a Result whose value isn't needed).
#define TRY(expression)                                                                  \
  if (auto try_result = (expression); !try_result)                                       \
  return std::unexpected(std::move(try_result).error())
