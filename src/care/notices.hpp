// The notification centre (clause 2.2.3): failures, posts in doubt, lost accounts, new versions of the texts, answers of
// support; for operators also questions and what waits in their registers. Nothing else is ever sent.
//
// Notices are derived from what the tables say anyway, so they can't disagree with them and can't be switched off; only how far
// a person has seen them is stored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/database.hpp"

namespace postmypost::care {

struct Notice {
  std::string kind;  // "failure", "doubt", "account_lost", "policy_changed", "ticket_answered", "ticket_opened", "legal_waits"
  std::string code;  // of the event, or of the text: "refused", "policy"
  Instant at;
  std::optional<std::int64_t> project_id = {}, publication_id = {}, account_id = {}, ticket_id = {};
  std::optional<std::int64_t> version = {};  // of a text
  int source = 0;       // where it was read; with `id` and `at` its place among all
  std::int64_t id = 0;  // of the row it was read from

  std::string cursor() const;
};

struct NoticePage {
  std::vector<Notice> items;  // newest first
  std::optional<std::string> next_cursor;
  Instant seen_until;  // what is not newer has been seen
};

// Events of a project from before the person joined it are not theirs. Errors: `notices.cursor`.
Result<NoticePage> notices_of(storage::Transaction& tx, std::int64_t user, const std::optional<std::string>& cursor,
                              std::int64_t limit);

// How many the person has not seen, at most `kMostCounted`.
inline constexpr std::int64_t kMostCounted = 100;
std::int64_t unseen_of(storage::Transaction& tx, std::int64_t user);

// Everything up to and with the notice of this cursor has been seen; never takes back what was. Errors: `notices.cursor`.
Result<> mark_seen(storage::Transaction& tx, std::int64_t user, const std::string& cursor);

}  // namespace postmypost::care
