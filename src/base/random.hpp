// Randomness, handed in: the operating system's in production, a seed's in tests and the simulator.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace postmypost {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<unsigned char> out) = 0;

  std::uint64_t number();                    // uniform over 64 bits
  std::string bytes(std::size_t count);      // raw bytes
  std::string token(std::size_t bytes = 32);  // base64url without padding, for links, sessions and uids
};

// libsodium's randombytes; thread-safe.
class SystemRandom final : public Random {
 public:
  void fill(std::span<unsigned char> out) override;
};

// Deterministic from its seed. Not thread-safe; never for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<unsigned char> out) override;

 private:
  std::uint64_t state_;
};

}  // namespace postmypost
