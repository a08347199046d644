// Templates of database.hpp. Included by it only.
#pragma once

namespace postmypost::storage {

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<Result<T>> = true;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
T Row::get(int column) const {
  if constexpr (is_optional<T>) {
    if (is_null(column)) return std::nullopt;
    return get<typename T::value_type>(column);
  } else {
    if (is_null(column)) throw DatabaseError(DatabaseError::Kind::kOther, "unexpected NULL in a result column");
    if constexpr (std::is_same_v<T, bool>) return integer(column) != 0;
    else if constexpr (std::is_integral_v<T>) return static_cast<T>(integer(column));
    else if constexpr (std::is_floating_point_v<T>) return static_cast<T>(real(column));
    else if constexpr (std::is_same_v<T, Instant>) return Instant{integer(column)};
    else if constexpr (std::is_same_v<T, Blob>) return Blob{blob(column)};
    else return text(column);
  }
}

template <class... Columns, class... A>
std::vector<std::tuple<Columns...>> Transaction::rows(std::string_view sql, const A&... arguments) {
  std::vector<std::tuple<Columns...>> all;
  each(sql, {to_parameter(arguments)...}, [&](const Row& row) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      all.emplace_back(row.get<Columns>(static_cast<int>(I))...);
    }(std::index_sequence_for<Columns...>{});
  });
  return all;
}

template <class... Columns, class... A>
std::optional<std::tuple<Columns...>> Transaction::row(std::string_view sql, const A&... arguments) {
  auto all = rows<Columns...>(sql, arguments...);
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

template <class T, class... A>
std::optional<T> Transaction::value(std::string_view sql, const A&... arguments) {
  auto first = row<T>(sql, arguments...);
  if (!first) return std::nullopt;
  return std::move(std::get<0>(*first));
}

// What `work` returned, and whether its savepoint stays: a Result that holds an error rolls it back.
template <class F>
class WorkResult {
 public:
  using Value = std::invoke_result_t<F&, Transaction&>;

  bool run(F& work, Transaction& tx) {
    if constexpr (std::is_void_v<Value>) {
      work(tx);
      return true;
    } else {
      value_.emplace(work(tx));
      if constexpr (is_result<Value>) return value_->has_value();
      return true;
    }
  }
  Value take() {
    if constexpr (!std::is_void_v<Value>) return std::move(*value_);
  }

 private:
  struct Nothing {};
  std::conditional_t<std::is_void_v<Value>, Nothing, std::optional<std::conditional_t<std::is_void_v<Value>, Nothing, Value>>>
      value_;
};

template <class F>
auto Database::write(F work, Queue queue) -> std::invoke_result_t<F&, Transaction&> {
  WorkResult<F> result;
  std::promise<void> committed;
  submit(
      queue, [&](Transaction& tx) { return result.run(work, tx); },
      [&](std::exception_ptr failure) {
        if (failure) committed.set_exception(failure);
        else committed.set_value();
      });
  committed.get_future().get();
  return result.take();
}

template <class F>
auto Database::read(F work) -> std::invoke_result_t<F&, Transaction&> {
  WorkResult<F> result;
  read_with([&](Transaction& tx) { result.run(work, tx); });
  return result.take();
}

}  // namespace postmypost::storage
