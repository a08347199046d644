#include "storage/many_ids.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace postmypost::storage {
namespace {

// Few lengths, so that each text is prepared few times; places that are left over repeat the last id.
constexpr std::array<std::size_t, 3> kLengths{1, 8, 64};

std::string places(std::size_t count) {
  std::string text;
  for (std::size_t i = 1; i <= count; ++i) text += (i == 1 ? "$" : ",$") + std::to_string(i);
  return text;
}

}  // namespace

void each_of(Transaction& tx, std::string_view sql, std::span<const std::int64_t> ids,
             const std::function<void(const Row&)>& use) {
  const std::size_t at = sql.find('#');
  if (at == std::string_view::npos) throw std::logic_error("a statement for many ids without their place");
  while (!ids.empty()) {
    const auto fits = std::ranges::find_if(kLengths, [&](std::size_t length) { return length >= ids.size(); });
    const std::size_t length = fits == kLengths.end() ? kLengths.back() : *fits;
    const std::span<const std::int64_t> piece = ids.first(std::min(length, ids.size()));
    std::vector<Parameter> parameters(piece.begin(), piece.end());
    parameters.resize(length, piece.back());
    tx.each(std::string(sql.substr(0, at)) + places(length) + std::string(sql.substr(at + 1)), parameters, use);
    ids = ids.subspan(piece.size());
  }
}

}  // namespace postmypost::storage
