#include "cabinet/imports.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/error_json.hpp"
#include "base/log.hpp"
#include "cabinet/refusal.hpp"
#include "cabinet/strays.hpp"

namespace postmypost::cabinet {
namespace {

namespace fs = std::filesystem;
using storage::Transaction;

constexpr Duration kAbandoned = seconds(45);  // longer than any picture takes
constexpr std::chrono::seconds kLookEvery{10};

constexpr std::string_view kColumns = "id, state, bytes, received, pieces, problem, taken, requested_at, ended_at";

ImportRow import_row(const storage::Row& row) {
  ImportRow found{.id = row.integer(0), .state = row.text(1), .bytes = row.integer(2), .received = row.integer(3), .pieces = row.integer(4),
                  .problem = {}, .taken = {}, .requested_at = row.get<Instant>(7), .ended_at = row.get<std::optional<Instant>>(8)};
  if (const auto problem = row.get<std::optional<std::string>>(5)) found.problem = error_from_json(*problem);
  if (found.state != "done") return found;
  const json::object taken = json::parse(row.text(6)).value().as_object();
  const auto count = [&](std::string_view name) { return taken.at(name).as_int64(); };
  found.taken = Taken{count("projects"), count("publications"), count("pictures"), count("accounts")};
  return found;
}

Error not_receiving() {
  return {.kind = ErrorKind::kConflict,
          .code = "import.not_receiving",
          .detail = "This import takes no more pieces.",
          .how_to_fix = "Begin a new one."};
}

}  // namespace

Imports::~Imports() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Imports::start() {
  fs::create_directories(with_.folder);
  fs::permissions(with_.folder, fs::perms::owner_all);
  tidy(/*at_start=*/true);
  thread_ = std::thread([this] { run(); });
}

void Imports::run() {
  while (!stopping_) {
    try {
      while (!stopping_ && work_once()) {
      }
    } catch (const std::exception& failure) {  // a store that is full or away comes back
      log::warning("import.failed", {{"what", failure.what()}});
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, kLookEvery, [&] { return stopping_ || is_woken_; });
    is_woken_ = false;
  }
}

fs::path Imports::piece_file(const std::string& file, std::int64_t piece) const { return with_.folder / (file + "." + std::to_string(piece)); }

void Imports::remove_files(const std::string& file) const {
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator(with_.folder, gone)) {
    if (entry.path().filename().string().starts_with(file + ".")) fs::remove(entry.path(), gone);
  }
}

Result<ImportRow> Imports::row_of(std::int64_t user, std::int64_t id) const {
  for (ImportRow& row : of_person(user)) {
    if (row.id == id) return std::move(row);
  }
  return not_found("import");
}

std::vector<ImportRow> Imports::of_person(std::int64_t user) const {
  return with_.rooms.database.read([&](Transaction& tx) {
    std::vector<ImportRow> rows;
    tx.each("select " + std::string(kColumns) + " from person_import where user_id=$1 order by id desc limit 20", {user},
            [&](const storage::Row& row) { rows.push_back(import_row(row)); });
    return rows;
  });
}

Result<ImportRow> Imports::begin(std::int64_t user, std::int64_t bytes) {
  if (bytes <= 0 || bytes > kMostImported) {
    return fail({.code = "import.size",
                 .detail = "An archive has at most 8 GiB.",
                 .field = "/bytes",
                 .rule = "max=" + std::to_string(kMostImported),
                 .how_to_fix = "Choose the archive that the other server made."});
  }
  std::vector<std::string> old;
  const std::int64_t id = with_.rooms.database.write([&](Transaction& tx) {
    old.clear();
    for (const auto& [file] : tx.rows<std::string>("select file from person_import where user_id=$1 and state='receiving'", user)) old.push_back(file);
    tx.execute("update person_import set state='over', ended_at=$2, file_key=null where user_id=$1 and state='receiving'", user, with_.clock.now());
    const std::int64_t made = tx.next_id("person_import");
    const auto key = with_.rooms.vault.seal<Category::kAccess>(import_key_place(made, user), new_file_key());
    tx.execute("insert into person_import (id, user_id, state, file, file_key, bytes, requested_at) values ($1,$2,'receiving',$3,$4,$5,$6)", made,
               user, with_.random.token(16), storage::Blob{key.bytes}, bytes, with_.clock.now());
    return made;
  });
  for (const std::string& file : old) remove_files(file);
  return row_of(user, id);
}

Result<ImportRow> Imports::receive(std::int64_t user, std::int64_t id, std::int64_t piece, std::string_view bytes) {
  const auto found = with_.rooms.database.read([&](Transaction& tx) {
    return tx.row<std::string, std::string, std::optional<storage::Blob>, std::int64_t, std::int64_t, std::int64_t>(
        "select state, file, file_key, bytes, received, pieces from person_import where id=$1 and user_id=$2", id, user);
  });
  if (!found) return not_found("import");
  const auto& [state, file, key, whole, received, pieces] = *found;
  if (state != "receiving" || !key || key->bytes.empty()) return fail(not_receiving());
  const std::int64_t expected = std::min(kPieceOfImport, whole - received);
  if (piece != pieces || std::cmp_not_equal(bytes.size(), expected) || expected == 0) {
    return fail(refusal("import.piece", "This is not the next piece of the archive.", "Send the piece that follows, of the size that was agreed.",
                        {{"pieces", std::to_string(pieces)}, {"bytes", std::to_string(expected)}}));
  }
  std::error_code failed;
  fs::remove(piece_file(file, piece), failed);  // of a try that was cut off
  try {
    SealedWriter writer(piece_file(file, piece), with_.rooms.vault.open<Purpose::kCabinet>(import_key_place(id, user), vault::Sealed<Category::kAccess>{key->bytes}));
    writer.write(bytes);
    writer.finish();
  } catch (const std::system_error&) {
    return fail({.kind = ErrorKind::kUnavailable, .code = "storage.full", .detail = "The server's disk is full. Nothing was changed.",
                 .how_to_fix = "Ask the operator to free space, then try again."});
  }
  const bool is_kept = with_.rooms.database.write([&](Transaction& tx) {
    return tx.execute("update person_import set pieces=$3, received=$4 where id=$1 and pieces=$2 and state='receiving'", id, pieces, pieces + 1,
                      received + expected) == 1;
  });
  if (!is_kept) return fail(not_receiving());
  return row_of(user, id);
}

Result<ImportRow> Imports::submit(std::int64_t user, std::int64_t id) {
  TRY(with_.rooms.database.write([&](Transaction& tx) -> Result<> {
    const auto found = tx.row<std::string, std::int64_t, std::int64_t>("select state, bytes, received from person_import where id=$1 and user_id=$2", id, user);
    if (!found) return not_found("import");
    if (std::get<0>(*found) != "receiving") return fail(not_receiving());
    if (std::get<1>(*found) != std::get<2>(*found)) {
      return fail(refusal("import.incomplete", "The archive is not here as a whole yet.", "Send the pieces that are missing.",
                          {{"received", std::to_string(std::get<2>(*found))}, {"bytes", std::to_string(std::get<1>(*found))}}));
    }
    tx.execute("update person_import set state='waiting' where id=$1", id);
    return {};
  }));
  {
    const std::lock_guard lock(mutex_);
    is_woken_ = true;
  }
  wake_.notify_one();
  return row_of(user, id);
}

// One that is being read stops at its next look at its row.
Result<> Imports::remove(std::int64_t user, std::int64_t id) {
  TRY_ASSIGN(const std::string file, with_.rooms.database.write([&](Transaction& tx) -> Result<std::string> {
    const auto found = tx.row<std::string, std::string>("select file, state from person_import where id=$1 and user_id=$2", id, user);
    if (!found) return not_found("import");
    if (std::get<1>(*found) == "reading") {
      return fail({.kind = ErrorKind::kConflict, .code = "import.reading", .detail = "The archive is being taken in at this moment.",
                   .how_to_fix = "Wait until it is done."});
    }
    tx.execute("update person_import set state='over', ended_at=$2, file_key=null where id=$1 and state in ('receiving','waiting')", id, with_.clock.now());
    return std::get<0>(*found);
  }));
  remove_files(file);
  return {};
}

bool Imports::work_once() {
  tidy(/*at_start=*/false);
  const auto job = claim();
  if (job) work(*job);
  return job.has_value();
}

void Imports::tidy(bool at_start) {
  const Instant now = with_.clock.now();
  const Instant left_before = at_start && with_.is_alone ? now + days(1) : now - kAbandoned;
  const auto left = with_.rooms.database.read([&](Transaction& tx) {
    return tx.rows<std::int64_t, std::string, std::optional<std::string>>(
        "select id, file, taken from person_import where state='reading' and touched_at < $1", left_before);
  });
  const bool is_any = with_.rooms.database.read([&](Transaction& tx) {
    return tx.value<std::int64_t>("select id from person_import where state='receiving' and requested_at < $1 limit 1", now - days(1)).has_value();
  });
  for (const auto& [id, file, taken] : left) {
    undo(file, taken);
    with_.rooms.database.write([&](Transaction& tx) {
      tx.execute("update person_import set state='waiting', taken=null where id=$1 and state='reading' and touched_at < $2", id, left_before);
    });
  }
  std::vector<std::string> over;
  if (is_any) with_.rooms.database.write([&](Transaction& tx) {
    over.clear();
    for (const auto& [file] : tx.rows<std::string>("select file from person_import where state='receiving' and requested_at < $1", now - days(1))) over.push_back(file);
    tx.execute("update person_import set state='over', ended_at=$2, file_key=null where state='receiving' and requested_at < $1", now - days(1), now);
  });
  for (const std::string& file : over) remove_files(file);
  remove_strays(with_.folder, with_.rooms.database.read([](Transaction& tx) {
    std::vector<std::string> named;
    for (auto& [file] : tx.rows<std::string>("select file from person_import where state in ('receiving','waiting','reading')")) {
      named.push_back(std::move(file));
    }
    return named;
  }));
}

}  // namespace postmypost::cabinet
