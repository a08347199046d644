// A vault that seals nothing: the measure of what sealing costs. For benchmarks only; no other program is linked with it.
#pragma once

#include <memory>
#include <stdexcept>

#include "vault/vault.hpp"

namespace postmypost::bench {

// Look-ups and derived keys are those of `real`, since they are no sealing.
class BareVault final : public vault::Vault {
 public:
  explicit BareVault(std::unique_ptr<vault::Vault> real) : real_(std::move(real)) {}

  std::string blind_index(std::string_view what, std::string_view normalised) const override {
    return real_->blind_index(what, normalised);
  }
  std::string derived(std::string_view what, std::string_view message) const override { return real_->derived(what, message); }
  void destroy(KeyScope scope, std::int64_t owner) override { real_->destroy(scope, owner); }
  std::optional<std::string> sealed_anew(const vault::Place&, std::string_view) override { return std::nullopt; }
  bool can_open(const vault::Place&, std::string_view) const override { return true; }
  vault::DataKeys& keys() override { return real_->keys(); }

 protected:
  std::string seal_bytes(const vault::Place&, std::string_view plain) override { return std::string(plain); }
  std::string open_bytes(const vault::Place&, std::string_view sealed) const override { return std::string(sealed); }

 private:
  std::unique_ptr<vault::Vault> real_;
};

}  // namespace postmypost::bench
