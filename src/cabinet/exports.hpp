// Exports of all that is kept about a person: asked for, made in the background, lying encrypted for a day, fetched once.
//
// A row of person_export goes waiting → making → ready → sending → fetched; it fails, or is over when a day passed or the person took it
// back. Its file has a random name below DATA/exports and opens with a key that is sealed with the person's own. What a crash leaves
// half-made is removed and begun again. One thread makes them, one after the other. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "http/message.hpp"
#include "privacy/registry.hpp"
#include "storage/blobs.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::cabinet {

inline constexpr Duration kExportLife = hours(24);

struct ExportRow {
  std::int64_t id = 0;
  std::string state;
  std::optional<std::int64_t> bytes;
  std::optional<std::string> problem;  // code
  Instant requested_at;
  std::optional<Instant> ready_at, expires_at, ended_at;
};

class Exports {
 public:
  struct With {
    storage::Database& database;
    vault::Vault& vault;
    const storage::Blobs& blobs;
    const Clock& clock;
    Random& random;
    const privacy::Registry& registry;
    std::filesystem::path folder;               // DATA/exports
    std::string version;                        // of the program
    std::function<std::string()> public_url;
    bool is_alone = true;                       // no other process makes exports on this store
  };
  explicit Exports(With with) : with_(std::move(with)) {}
  ~Exports();
  Exports(const Exports&) = delete;
  Exports& operator=(const Exports&) = delete;

  // Begins to make what was asked for. A process without web pages never does.
  void start();

  // Asks for one; a finished one is taken back first. Who has one under way gets that.
  ExportRow request(std::int64_t user);
  std::vector<ExportRow> of_person(std::int64_t user) const;
  // The finished archive, once: it is gone when its last byte was handed over, and waits again when the connection breaks before.
  // Errors: `export.not_found`, `export.not_ready`, `export.gone` (fetched, taken back or a day old).
  Result<std::shared_ptr<http::BodySource>> fetch(std::int64_t user, std::int64_t id);
  // Takes it back, whatever its state. Errors: `export.not_found`.
  Result<> remove(std::int64_t user, std::int64_t id);

  // One look at the table: what is over is removed, what was left half-made waits again, the oldest that waits is made. True when it made
  // one. The thread's work; tests call it themselves.
  bool work_once();

 private:
  struct Job {
    std::int64_t id = 0, user_id = 0;
    std::string file, key;
  };
  class Source;
  void run();
  void tidy(bool at_start);
  std::optional<Job> claim();
  void make(const Job& job);
  void going_on(const Job& job, Duration& touched) const;
  bool finish(const Job& job, std::uint64_t bytes);
  void give_up(const Job& job, std::string_view state, std::string_view problem);
  void remove_file(const std::string& name) const;

  With with_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_woken_ = false;
  std::thread thread_;
};

}  // namespace postmypost::cabinet
