// Passwords: Argon2id (t=2, 64 MiB) on a bounded pool, and which ones are refused. Thread-safe.
#pragma once

#include <semaphore>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace postmypost::identity {

// 12 to 128 characters of any kind; not one of the commonest; not made of the person's own words or the service's name.
// Errors: `password.too_short`, `password.too_long`, `password.too_common`, `password.contains_own_words`.
Result<> check_new_password(std::string_view password, const std::vector<std::string>& own_words, std::string field);

class Passwords {
 public:
  std::string hash(const std::string& password);
  bool matches(const std::string& hash, const std::string& password);
  // The same work for an address that nobody has, so that answers take the same time.
  void work_in_vain(const std::string& password);

 private:
  std::counting_semaphore<2> free_{2};  // two at a time: each takes 64 MiB
};

}  // namespace postmypost::identity
