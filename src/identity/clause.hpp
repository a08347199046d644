// One numbered piece of a text, in both languages.
#pragma once

#include <string_view>

namespace postmypost::identity {

struct Clause {
  std::string_view number, ru, en;
};

}  // namespace postmypost::identity
