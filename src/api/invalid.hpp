// The error of an input that breaks a rule.
#pragma once

#include <string>
#include <utility>

#include "base/result.hpp"

namespace postmypost::api {

inline Error invalid(std::string code, std::string detail, std::string field, std::string rule, std::string fix) {
  return {.code = std::move(code), .detail = std::move(detail), .field = std::move(field), .rule = std::move(rule),
          .how_to_fix = std::move(fix)};
}

}  // namespace postmypost::api
