// `postmypost keys …`: what the operator does with keys, through the running server or on the data itself.
#pragma once

#include <optional>
#include <string>

#include "app/options.hpp"
#include "base/result.hpp"
#include "privacy/registry.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::app {

struct KeyStores {
  storage::Database& database;
  vault::Vault& vault;
  const privacy::Registry& registry;
};

// "keys-rotate", "keys-rotate-master", "keys-check": what was done, in words. Empty for another command.
std::optional<Result<std::string>> run_key_command(const std::string& command, const KeyStores& stores);

int key_command(const Options& options, const std::string& command);

// Puts a copy of the keys in the place of keys.sqlite, while no server runs. What was destroyed since stays destroyed.
int restore_keys(const Options& options, const std::filesystem::path& copy);

}  // namespace postmypost::app
