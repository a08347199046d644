#include "storage/postgresql/values.hpp"

#include <bit>
#include <charconv>
#include <cstring>

namespace postmypost::storage::postgresql {
namespace {

using Kind = DatabaseError::Kind;

// pg_type.dat; stable for ever.
constexpr Oid kBool = 16, kBytea = 17, kName = 19, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25, kFloat4 = 700,
              kFloat8 = 701, kBpchar = 1042, kVarchar = 1043, kNumeric = 1700;

constexpr std::string_view kLetters = "?idtb";  // in the order of Parameter
constexpr std::array<Oid, 5> kTypes = {0, kInt8, kFloat8, kText, kBytea};

std::array<char, 8> big_endian(std::uint64_t value) {
  if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap64(value);
  return std::bit_cast<std::array<char, 8>>(value);
}

template <class T>
bool parse(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

int nibble(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

}  // namespace

Signature signature_of(const std::vector<Parameter>& parameters) {
  Signature signature;
  for (const Parameter& parameter : parameters) signature += kLetters[parameter.index()];
  return signature;
}

Signature signature_of(const std::vector<std::vector<Parameter>>& rows) {
  Signature all;
  for (const auto& row : rows) {
    const Signature one = signature_of(row);
    if (all.empty()) all = one;
    if (one.size() != all.size()) throw DatabaseError(Kind::kOther, "rows of different length for one statement");
    for (std::size_t i = 0; i < one.size(); ++i) {
      if (all[i] == '?') all[i] = one[i];
      if (one[i] != '?' && one[i] != all[i])
        throw DatabaseError(Kind::kOther, "parameter " + std::to_string(i + 1) + " changes its type between rows");
    }
  }
  return all;
}

std::vector<Oid> types_of(const Signature& signature) {
  std::vector<Oid> types;
  for (const char letter : signature) types.push_back(kTypes[kLetters.find(letter)]);
  return types;
}

Bound::Bound(const std::vector<Parameter>& parameters) : formats_(parameters.size(), 1) {
  numbers_.reserve(parameters.size());  // pointers into it stay good
  struct {
    Bound& to;
    void add(const char* value, std::size_t length) const {
      to.values_.push_back(value);
      to.lengths_.push_back(static_cast<int>(length));
    }
    void number(std::uint64_t bits) const {
      to.numbers_.push_back(big_endian(bits));
      add(to.numbers_.back().data(), sizeof bits);
    }
    void operator()(std::nullptr_t) const { add(nullptr, 0); }
    void operator()(std::int64_t v) const { number(static_cast<std::uint64_t>(v)); }
    void operator()(double v) const { number(std::bit_cast<std::uint64_t>(v)); }
    void operator()(const std::string& v) const { add(v.data(), v.size()); }
    void operator()(const Blob& v) const { add(v.bytes.data(), v.bytes.size()); }
  } const bind{*this};
  for (const Parameter& parameter : parameters) std::visit(bind, parameter);
}

void PostgresqlRow::refuse(int column, std::string_view wanted) const {
  constexpr std::size_t kShown = 100;
  throw DatabaseError(Kind::kOther, "column " + std::to_string(column) + " is not " + std::string(wanted) +
                                        " in: " + std::string(sql_.substr(0, kShown)));
}

bool PostgresqlRow::is_null(int column) const {
  if (column < 0 || column >= PQnfields(answer_)) refuse(column, "a column of the result");
  return PQgetisnull(answer_, row_, column) == 1;
}

std::string_view PostgresqlRow::bytes(int column) const {
  if (is_null(column)) refuse(column, "a value");
  return {PQgetvalue(answer_, row_, column), static_cast<std::size_t>(PQgetlength(answer_, row_, column))};
}

std::int64_t PostgresqlRow::integer(int column) const {
  const std::string_view text = bytes(column);
  std::int64_t value = 0;
  switch (PQftype(answer_, column)) {
    case kBool:
      return text == "t" ? 1 : 0;
    case kInt2:
    case kInt4:
    case kInt8:
    case kNumeric:
      if (parse(text, value)) return value;
      [[fallthrough]];
    default:
      refuse(column, "an integer");
  }
}

double PostgresqlRow::real(int column) const {
  const std::string_view text = bytes(column);
  double value = 0;
  switch (PQftype(answer_, column)) {
    case kInt2:
    case kInt4:
    case kInt8:
    case kNumeric:
    case kFloat4:
    case kFloat8:
      if (parse(text, value)) return value;
      [[fallthrough]];
    default:
      refuse(column, "a number");
  }
}

std::string PostgresqlRow::text(int column) const {
  const std::string_view text = bytes(column);
  switch (PQftype(answer_, column)) {
    case kText:
    case kName:
    case kBpchar:
    case kVarchar:
      return std::string(text);
    default:
      refuse(column, "text");
  }
}

// The form `\x0aff`, which every connection asks for.
std::string PostgresqlRow::blob(int column) const {
  const std::string_view text = bytes(column);
  if (PQftype(answer_, column) != kBytea || !text.starts_with("\\x")) refuse(column, "a blob");
  std::string decoded((text.size() - 2) / 2, '\0');
  for (std::size_t i = 0; i < decoded.size(); ++i)
    decoded[i] = static_cast<char>(nibble(text[2 * i + 2]) << 4 | nibble(text[2 * i + 3]));
  return decoded;
}

}  // namespace postmypost::storage::postgresql
