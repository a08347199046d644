#include "identity/passwords.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/text.hpp"

namespace postmypost::identity {
namespace {

constexpr unsigned long long kPasses = 2;
constexpr std::size_t kMemory = 64U << 20U;
constexpr std::size_t kShortest = 12;
constexpr std::size_t kLongest = 128;

// What people type most when twelve characters are asked of them.
constexpr auto kCommonest = std::to_array<std::string_view>(
    {"123456789012", "1234567890123", "1234567890qwerty", "password1234", "password12345", "passwordpassword",
     "qwertyuiop12", "qwertyuiop123", "qwerty123456", "qwertyqwerty", "qwertyuiopas", "1q2w3e4r5t6y", "1qaz2wsx3edc",
     "q1w2e3r4t5y6", "iloveyou1234", "administrator", "adminadmin12", "administrator1", "letmein12345", "welcome12345",
     "changeme1234", "111111111111", "000000000000", "aaaaaaaaaaaa", "abcdefghijkl", "abcd12345678", "zaq12wsxcde3",
     "пароль123456", "парольпароль", "йцукенгшщзхъ", "йцукен123456", "привет123456", "qwerty12345678"});

Error refused(std::string code, std::string detail, std::string rule, std::string fix, std::string field) {
  return {.code = std::move(code), .detail = std::move(detail), .field = std::move(field), .rule = std::move(rule),
          .how_to_fix = std::move(fix)};
}

class Turn {
 public:
  explicit Turn(std::counting_semaphore<2>& free) : free_(free) { free_.acquire(); }
  ~Turn() { free_.release(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::counting_semaphore<2>& free_;
};

}  // namespace

Result<> check_new_password(std::string_view password, const std::vector<std::string>& own_words, std::string field) {
  const std::size_t length = count_code_points(password);
  if (length < kShortest) {
    return fail(refused("password.too_short", "The password has fewer than 12 characters.", "min_length=12",
                        "Use a longer one: three or four unrelated words are easy to remember.", std::move(field)));
  }
  if (length > kLongest) {
    return fail(refused("password.too_long", "The password has more than 128 characters.", "max_length=128",
                        "Use a shorter one.", std::move(field)));
  }
  const std::string folded = fold_case(password);
  if (std::ranges::find(kCommonest, folded) != kCommonest.end()) {
    return fail(refused("password.too_common", "This is one of the passwords that are tried first.", "not_common",
                        "Choose another one.", std::move(field)));
  }
  for (const std::string& word : own_words) {
    const std::string own = fold_case(word);
    if (count_code_points(own) < 4 || folded.find(own) == std::string::npos) continue;
    if (count_code_points(own) * 2 < length) continue;  // only a part of it
    return fail(refused("password.contains_own_words", "The password consists mostly of the name, the address or the service.",
                        "not_own_words", "Choose words that nobody connects with you.", std::move(field)));
  }
  return {};
}

std::string Passwords::hash(const std::string& password) {
  const Turn turn(free_);
  std::string out(crypto_pwhash_STRBYTES, '\0');
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), kPasses, kMemory,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::runtime_error("Argon2id could not get its memory");
  }
  return out.c_str();
}

bool Passwords::matches(const std::string& hash, const std::string& password) {
  const Turn turn(free_);
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

void Passwords::work_in_vain(const std::string& password) {
  static const std::string nobody = hash("nobody has this password");
  [[maybe_unused]] const bool matched = matches(nobody, password);
}

}  // namespace postmypost::identity
