// Files beside the database: pictures under random names. Thread-safe.
//
// A blob is complete or absent: it is written to a temporary name, synced, then renamed. Names are
// random (128 bits) and carry nothing of the content or the owner.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/result.hpp"

namespace postmypost::storage {

class Blobs {
 public:
  virtual ~Blobs() = default;
  // Errors: `storage.full`.
  virtual Result<std::string> put(std::string_view bytes) = 0;  // returns the new name
  virtual std::optional<std::string> get(std::string_view name) const = 0;
  virtual std::filesystem::path path(
      std::string_view name) const = 0;            // for streaming; name must be ours
  virtual void remove(std::string_view name) = 0;  // absent is fine
};

std::unique_ptr<Blobs> open_disk_blobs(const std::filesystem::path& folder, Random& random);

}  // namespace postmypost::storage
