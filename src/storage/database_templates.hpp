// The templates of database.hpp; included by it, never by itself.
#pragma once

#include <expected>
#include <limits>

#include "storage/database.hpp"

namespace postmypost::storage {
namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_result = false;
template <class T, class E>
inline constexpr bool is_result<std::expected<T, E>> = true;

[[noreturn]] inline void throw_out_of_range(int column) {
  throw DatabaseError(DatabaseError::Kind::kOther,
                      "column " + std::to_string(column) + " does not fit the type it is read as");
}

template <class T>
T integer_as(const Row& row, int column) {
  const std::int64_t value = row.integer(column);
  if (!std::in_range<T>(value)) throw_out_of_range(column);
  return static_cast<T>(value);
}

template <class... Columns, std::size_t... I>
std::tuple<Columns...> tuple_of(const Row& row, std::index_sequence<I...>) {
  return std::tuple<Columns...>{row.get<Columns>(static_cast<int>(I))...};
}

// Carries what a lambda returned from the thread that ran it to the one that asked.
template <class R>
class Returned {
 public:
  // False when the lambda returned a Result without a value: its savepoint is to be rolled back.
  template <class F>
  bool run(F& work, Transaction& tx) {
    value_.emplace(work(tx));
    if constexpr (is_result<R>) return value_->has_value();
    return true;
  }
  R take() { return std::move(*value_); }

 private:
  std::optional<R> value_;
};

template <>
class Returned<void> {
 public:
  template <class F>
  bool run(F& work, Transaction& tx) {
    work(tx);
    return true;
  }
  void take() {}
};

// The transaction that this thread's work on `database` joins (Database::as_one).
struct Joined {
  const Database* database = nullptr;
  Transaction* transaction = nullptr;
  bool failed = false;
};
inline thread_local Joined joined;

// A joined write; one that gives up, or throws, fails the whole.
struct Part {
  Joined& whole;
  bool kept = false;
  ~Part() {
    if (!kept) whole.failed = true;
  }
};

class Joining {
 public:
  Joining(const Database& database, Transaction& tx) { joined = {.database = &database, .transaction = &tx}; }
  ~Joining() { joined = {}; }
  Joining(const Joining&) = delete;
  Joining& operator=(const Joining&) = delete;
};

}  // namespace detail

template <class T>
T Row::get(int column) const {
  if constexpr (detail::is_optional<T>) {
    if (is_null(column)) return std::nullopt;
    return get<typename T::value_type>(column);
  } else if constexpr (std::is_same_v<T, bool>) {
    return integer(column) != 0;
  } else if constexpr (std::is_integral_v<T>) {
    return detail::integer_as<T>(*this, column);
  } else if constexpr (std::is_same_v<T, double>) {
    return real(column);
  } else if constexpr (std::is_same_v<T, Instant>) {
    return Instant{integer(column)};
  } else if constexpr (std::is_same_v<T, Blob>) {
    return Blob{blob(column)};
  } else {
    static_assert(std::is_same_v<T, std::string>, "Row::get does not know this type");
    return text(column);
  }
}

template <class... Columns, class... A>
std::vector<std::tuple<Columns...>> Transaction::rows(std::string_view sql, const A&... arguments) {
  std::vector<std::tuple<Columns...>> all;
  each(sql, {to_parameter(arguments)...}, [&](const Row& row) {
    all.push_back(detail::tuple_of<Columns...>(row, std::index_sequence_for<Columns...>()));
  });
  return all;
}

template <class... Columns, class... A>
std::optional<std::tuple<Columns...>> Transaction::row(std::string_view sql,
                                                       const A&... arguments) {
  std::optional<std::tuple<Columns...>> first;
  each(sql, {to_parameter(arguments)...}, [&](const Row& row) {
    if (!first)
      first.emplace(detail::tuple_of<Columns...>(row, std::index_sequence_for<Columns...>()));
  });
  return first;
}

template <class T, class... A>
std::optional<T> Transaction::value(std::string_view sql, const A&... arguments) {
  std::optional<T> first;
  bool seen = false;
  each(sql, {to_parameter(arguments)...}, [&](const Row& row) {
    if (!std::exchange(seen, true)) first.emplace(row.get<T>(0));
  });
  return first;
}

template <class F>
auto Database::write(F work, Queue queue) -> std::invoke_result_t<F&, Transaction&> {
  detail::Returned<std::invoke_result_t<F&, Transaction&>> returned;
  if (auto& outer = detail::joined; outer.database == this) {
    detail::Part part{outer};
    part.kept = returned.run(work, *outer.transaction);
    return returned.take();
  }
  write_with(queue, [&](Transaction& tx) { return returned.run(work, tx); });
  return returned.take();
}

template <class F>
auto Database::as_one(F work) -> std::invoke_result_t<F&> {
  return write([&](Transaction& tx) {
    const detail::Joining joining(*this, tx);
    auto result = work();
    if (result && detail::joined.failed)
      throw DatabaseError(DatabaseError::Kind::kOther, "a part of one write failed and the rest went on");
    return result;
  });
}

template <class F>
auto Database::read(F work) -> std::invoke_result_t<F&, Transaction&> {
  detail::Returned<std::invoke_result_t<F&, Transaction&>> returned;
  if (detail::joined.database == this) {
    returned.run(work, *detail::joined.transaction);
    return returned.take();
  }
  read_with([&](Transaction& tx) { returned.run(work, tx); });
  return returned.take();
}

}  // namespace postmypost::storage
