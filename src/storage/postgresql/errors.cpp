#include "storage/postgresql/errors.hpp"

#include <array>
#include <string>

namespace postmypost::storage::postgresql {
namespace {

using Kind = DatabaseError::Kind;

struct Meaning {
  std::string_view prefix;  // of SQLSTATE; the first that fits counts
  Kind kind;
  std::string_view words;
};
// Appendix A of PostgreSQL's manual.
constexpr std::array kMeanings = {
    Meaning{"23505", Kind::kUnique, "UNIQUE constraint"},
    Meaning{"23503", Kind::kForeignKey, "FOREIGN KEY constraint"},
    Meaning{"23514", Kind::kCheck, "CHECK constraint"},
    Meaning{"23502", Kind::kCheck, "NOT NULL constraint"},
    Meaning{"40003", Kind::kUnknown, "the outcome is unknown"},
    Meaning{"40", Kind::kBusy, "another transaction was faster"},
    Meaning{"55P03", Kind::kBusy, "a lock was not free in time"},
    Meaning{"57014", Kind::kBusy, "the statement took too long"},
    Meaning{"53100", Kind::kFull, "the server's disk is full"},
    Meaning{"25P03", Kind::kLost, "the transaction stood idle for too long"},
    Meaning{"57P", Kind::kLost, "the server is ending or starting"},
    Meaning{"58", Kind::kIo, "the server's files failed"},
    Meaning{"XX001", Kind::kCorrupt, "damaged data"},
    Meaning{"XX002", Kind::kCorrupt, "a damaged index"},
};

const Meaning* meaning_of(std::string_view sqlstate) {
  for (const Meaning& meaning : kMeanings) {
    if (sqlstate.starts_with(meaning.prefix)) return &meaning;
  }
  return nullptr;
}

std::string field(const PGresult* answer, int code) {
  const char* text = PQresultErrorField(answer, code);
  return text ? text : "";
}

}  // namespace

Kind kind_of(std::string_view sqlstate) {
  const Meaning* meaning = meaning_of(sqlstate);
  return meaning ? meaning->kind : Kind::kOther;
}

DatabaseError error_of(const PGresult* answer, std::string_view sql) {
  const std::string state = field(answer, PG_DIAG_SQLSTATE);
  if (state.empty()) return {Kind::kLost, "the connection to the server broke"};
  const Meaning* meaning = meaning_of(state);
  std::string text(meaning ? meaning->words : "failed");
  const std::string constraint = field(answer, PG_DIAG_CONSTRAINT_NAME);
  const std::string table = field(answer, PG_DIAG_TABLE_NAME);
  const std::string column = field(answer, PG_DIAG_COLUMN_NAME);
  if (!table.empty()) text += " of " + table;
  if (!column.empty()) text += "." + column;
  if (!constraint.empty()) text += " (" + constraint + ")";
  if (state.starts_with("42")) text += ": " + field(answer, PG_DIAG_MESSAGE_PRIMARY);
  constexpr std::size_t kShown = 100;
  text += " [" + state + "] in: " + std::string(sql.substr(0, kShown));
  return {meaning ? meaning->kind : Kind::kOther, text};
}

std::optional<Kind> kind_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const DatabaseError& error) {
    return error.kind();
  } catch (...) {
    return std::nullopt;
  }
}

}  // namespace postmypost::storage::postgresql
