// Uploads in steps, for programs: announced first, then sent with a form or fetched from an address, then a file of the project.
//
// A form has its own opaque fields, good for one upload and an hour; whoever has them may send it, without a token. Numbers of uploads
// begin at kFirstUpload, far behind all numbers of files. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "media/files.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::media {

inline constexpr std::int64_t kFirstUpload = 8'000'000'000'001;
inline constexpr std::int64_t kLargestUpload = 64 << 20;  // bytes: what the picture worker takes

enum class UploadState {
  kWaiting,     // announced
  kFetching,    // being read from its address
  kReceived,    // here, and not yet asked for
  kProcessing,  // being made a file
  kDone,
  kFailed,
};
std::string_view to_string(UploadState state);  // "processing"

struct Upload {
  std::int64_t id = 0;
  std::int64_t project_id = 0, user_id = 0;
  UploadState state = UploadState::kWaiting;
  std::optional<std::string> form_key;  // of a form; none: fetched from `source`
  std::string name;                     // sealed with the project's key: kContent
  std::optional<std::string> source;    // sealed too
  std::int64_t announced = 0;           // bytes; 0: not known
  std::optional<std::int64_t> file_id;  // that it became, or is to become
  std::optional<Error> problem;
  std::int64_t tries = 0;
  Instant created_at, expires_at;
};

// What a form has to hold before the file.
struct FormFields {
  std::string key, token, expires;
};

// An address as people and other servers write it, with what has to be percent-encoded so. Control characters stay, and are refused.
std::string as_requested(std::string_view url);

class Uploads {
 public:
  Uploads(vault::Vault& vault, const Clock& clock, Random& random) : vault_(vault), clock_(clock), random_(random) {}

  // Errors: `upload.name_empty`, `upload.size` (not within 1 and kLargestUpload).
  Result<Upload> announce(storage::Transaction& tx, std::int64_t project_id, std::int64_t user_id, std::string name,
                          std::int64_t size) const;
  // Errors: those of http::parse_url, for the field /url.
  Result<Upload> fetch(storage::Transaction& tx, std::int64_t project_id, std::int64_t user_id, std::string url) const;
  std::optional<Upload> load(storage::Transaction& tx, std::int64_t id) const;

  FormFields form_of(const Upload& upload) const;
  // The upload whose form this is. Errors: `upload.form_unknown`, `upload.form_expired`, `upload.form_used` (it is a file already).
  Result<Upload> admit(storage::Transaction& tx, const FormFields& fields) const;
  // What the form brought: a file, or why it is none. What an earlier sending of the same form brought is removed.
  void receive(storage::Transaction& tx, const Upload& upload, std::optional<std::int64_t> file_id, const std::optional<Error>& problem,
               const Files& files) const;
  // The client says that it has sent all; an upload from an address goes its way anyhow. Errors: `upload.nothing_received`.
  Result<Upload> complete(storage::Transaction& tx, std::int64_t id) const;

  // -- For the work (upload_work.hpp)
  // Leases up to `most` of those that are due, so that nobody else works on them until then.
  std::vector<Upload> claim(storage::Transaction& tx, std::int64_t most, Duration lease) const;
  // Work on it goes on: the lease lasts as long again.
  void renew(storage::Transaction& tx, std::int64_t id, Duration lease) const;
  void processing(storage::Transaction& tx, std::int64_t id) const;  // fetched, now decoded
  void done(storage::Transaction& tx, std::int64_t id, std::int64_t file_id) const;
  void failed(storage::Transaction& tx, std::int64_t id, const Error& why) const;
  void again(storage::Transaction& tx, std::int64_t id, Instant at) const;
  // One process has the store for itself: what a killed one held is free at once.
  void release_all(storage::Transaction& tx) const;
  // Ends what was announced and never sent, or sent and never asked for, and removes files of which `is_used` is false a month after their
  // upload. How many rows.
  std::int64_t tidy(storage::Transaction& tx, const Files& files,
                    const std::function<bool(storage::Transaction&, std::int64_t)>& is_used) const;

 private:
  Upload inserted(storage::Transaction& tx, Upload upload) const;
  std::string token_of(const Upload& upload) const;

  vault::Vault& vault_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace postmypost::media
