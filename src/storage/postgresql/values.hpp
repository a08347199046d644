// Parameters on their way to the server and rows on their way back.
//
// Parameters go out in binary with their types declared, so that `$1` means the same at every place
// it stands at; a null alone has the type that the statement gives it. Answers come back as text.
#pragma once

#include <libpq-fe.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "storage/database.hpp"

namespace postmypost::storage::postgresql {

// Types of the parameters of a statement, one letter each: 'i' bigint, 'd' double precision,
// 't' text, 'b' bytea, '?' as the statement says.
using Signature = std::string;

Signature signature_of(const std::vector<Parameter>& parameters);
// Of rows that share a statement: each column has the type of its first value that is not null.
// Throws DatabaseError when the rows differ in length or a column in type.
Signature signature_of(const std::vector<std::vector<Parameter>>& rows);
std::vector<Oid> types_of(const Signature& signature);

// Borrows the texts and blobs of `parameters`, which outlive it.
class Bound {
 public:
  explicit Bound(const std::vector<Parameter>& parameters);
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;

  int count() const { return static_cast<int>(values_.size()); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  std::vector<const char*> values_;
  std::vector<int> lengths_, formats_;
  std::vector<std::array<char, 8>> numbers_;
};

// Strict about types, as the reader of SQLite is; a boolean and a whole numeric read as integers,
// because SQLite has neither.
class PostgresqlRow final : public Row {
 public:
  PostgresqlRow(const PGresult* answer, std::string_view sql) : answer_(answer), sql_(sql) {}
  void move_to(int row) { row_ = row; }

  bool is_null(int column) const override;
  std::int64_t integer(int column) const override;
  double real(int column) const override;
  std::string text(int column) const override;
  std::string blob(int column) const override;

 private:
  std::string_view bytes(int column) const;
  [[noreturn]] void refuse(int column, std::string_view wanted) const;

  const PGresult* answer_;
  std::string_view sql_;
  int row_ = 0;
};

}  // namespace postmypost::storage::postgresql
