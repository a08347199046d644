// Errors as they are kept in rows: code, detail, rule, how_to_fix, params. Never personal data (see result.hpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace postmypost {

std::string to_json(const Error& error);
std::optional<Error> error_from_json(std::string_view json);

}  // namespace postmypost
