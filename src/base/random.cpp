#include "base/random.hpp"

#include <sodium.h>

#include "base/encoding.hpp"

namespace postmypost {

std::uint64_t Random::number() {
  std::array<unsigned char, 8> raw{};
  fill(raw);
  std::uint64_t value = 0;
  for (const unsigned char byte : raw) value = value << 8 | byte;
  return value;
}

std::string Random::bytes(std::size_t count) {
  std::string out(count, '\0');
  fill({reinterpret_cast<unsigned char*>(out.data()), out.size()});
  return out;
}

std::string Random::token(std::size_t count) { return base64url(bytes(count)); }

void SystemRandom::fill(std::span<unsigned char> out) { randombytes_buf(out.data(), out.size()); }

// SplitMix64: small, full period, and every seed is a good seed.
void SeededRandom::fill(std::span<unsigned char> out) {
  for (std::size_t i = 0; i < out.size(); i += 8) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    z ^= z >> 31U;
    for (std::size_t j = i; j < out.size() && j < i + 8; ++j, z >>= 8U) {
      out[j] = static_cast<unsigned char>(z & 0xffU);
    }
  }
}

}  // namespace postmypost
