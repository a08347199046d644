#include "cabinet/exports.hpp"

#include <system_error>

#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "cabinet/export_writer.hpp"
#include "cabinet/sealed_file.hpp"
#include "cabinet/strays.hpp"

namespace postmypost::cabinet {
namespace {

namespace fs = std::filesystem;
using storage::Transaction;

constexpr Duration kTouchEvery = seconds(5);
constexpr Duration kAbandoned = seconds(30);  // nobody touches it any more
constexpr std::chrono::seconds kLookEvery{10};

// The job ends without an export: the server stops, or the person took it back.
struct Stopped {};
struct TakenBack {};

vault::Place key_place(std::int64_t id, std::int64_t user) {
  return {"person_export", "file_key", id, vault::KeyScope::kUser, user};
}

constexpr std::string_view kColumns = "id, state, bytes, problem, requested_at, ready_at, ended_at";

ExportRow export_row(const storage::Row& row) {
  ExportRow found{.id = row.integer(0),
                  .state = row.text(1),
                  .bytes = row.get<std::optional<std::int64_t>>(2),
                  .problem = row.get<std::optional<std::string>>(3),
                  .requested_at = row.get<Instant>(4),
                  .ready_at = row.get<std::optional<Instant>>(5),
                  .expires_at = {},
                  .ended_at = row.get<std::optional<Instant>>(6)};
  if (found.ready_at) found.expires_at = *found.ready_at + kExportLife;
  return found;
}

Error not_ready(const std::string& state) {
  if (state == "waiting" || state == "making" || state == "sending") {
    return {.kind = ErrorKind::kConflict,
            .code = "export.not_ready",
            .detail = "The export is still being made, or is being fetched at this moment.",
            .how_to_fix = "Look again in a minute."};
  }
  return {.kind = ErrorKind::kGone,
          .code = "export.gone",
          .detail = "This export was fetched, taken back, or is older than a day.",
          .how_to_fix = "Ask for a new one."};
}

// Ends rows and forgets their key: whatever is left of the file opens no more.
constexpr std::string_view kEnd =
    "update person_export set state=$2, ended_at=$3, file=null, file_key=null where id=$1 and state in "
    "('waiting','making','ready','sending')";

}  // namespace

// The decrypted archive while it is sent.
class Exports::Source : public http::BodySource {
 public:
  Source(const With& with, std::int64_t id, std::string file, std::string key, std::uint64_t size)
      : with_(with), id_(id), file_(std::move(file)), reader_({with.folder / file_}, std::move(key)), size_(size) {}

  // The connection broke: it can be fetched again. Runs on the server's thread, so nothing is waited for.
  ~Source() override {
    if (sent_ == size_) return;
    with_.database.submit(
        storage::Queue::kPeople,
        [id = id_](Transaction& tx) {
          tx.execute("update person_export set state='ready' where id=$1 and state='sending'", id);
          return true;
        },
        [](std::exception_ptr) {});  // else the next look finds it
  }

  std::uint64_t size() const override { return size_; }

  std::string read(std::size_t most) override {
    if (waiting_.empty()) waiting_ = reader_.next();
    std::string part = waiting_.substr(0, most);
    waiting_.erase(0, part.size());
    sent_ += part.size();
    if (sent_ == size_) over();
    return part;
  }

 private:
  void over() {
    with_.database.write([&](Transaction& tx) { tx.execute(kEnd, id_, "fetched", with_.clock.now()); });
    std::error_code gone;
    fs::remove(with_.folder / file_, gone);
  }

  const With& with_;
  std::int64_t id_;
  std::string file_;
  SealedReader reader_;
  std::uint64_t size_, sent_ = 0;
  std::string waiting_;
};

Exports::~Exports() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Exports::start() {
  fs::create_directories(with_.folder);
  fs::permissions(with_.folder, fs::perms::owner_all);
  tidy(/*at_start=*/true);
  thread_ = std::thread([this] { run(); });
}

void Exports::run() {
  while (!stopping_) {
    try {
      while (!stopping_ && work_once()) {
      }
    } catch (const std::exception& failure) {  // a store that is full or away comes back
      log::warning("export.failed", {{"what", failure.what()}});
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, kLookEvery, [&] { return stopping_ || is_woken_; });
    is_woken_ = false;
  }
}

ExportRow Exports::request(std::int64_t user) {
  std::vector<std::string> old_files;
  ExportRow row = with_.database.write([&](Transaction& tx) -> ExportRow {
    std::optional<ExportRow> under_way;
    old_files.clear();
    std::vector<std::int64_t> finished;
    tx.each("select " + std::string(kColumns) + ", file from person_export where user_id=$1 and state in ('waiting','making','ready','sending')",
            {user}, [&](const storage::Row& found) {
              const ExportRow one = export_row(found);
              if (one.state == "waiting" || one.state == "making") under_way = one;
              if (one.state != "ready") return;
              finished.push_back(one.id);
              old_files.push_back(found.text(7));
            });
    for (const std::int64_t id : finished) tx.execute(kEnd, id, "over", with_.clock.now());
    if (under_way) return *under_way;
    const std::int64_t id = tx.next_id("person_export");
    tx.execute("insert into person_export (id, user_id, state, requested_at) values ($1,$2,'waiting',$3)", id, user, with_.clock.now());
    return {.id = id, .state = "waiting", .bytes = {}, .problem = {}, .requested_at = with_.clock.now(), .ready_at = {}, .expires_at = {},
            .ended_at = {}};
  });
  for (const std::string& file : old_files) remove_file(file);
  {
    const std::lock_guard lock(mutex_);
    is_woken_ = true;
  }
  wake_.notify_one();
  return row;
}

std::vector<ExportRow> Exports::of_person(std::int64_t user) const {
  return with_.database.read([&](Transaction& tx) {
    std::vector<ExportRow> rows;
    tx.each("select " + std::string(kColumns) + " from person_export where user_id=$1 order by id desc limit 20", {user},
            [&](const storage::Row& row) { rows.push_back(export_row(row)); });
    return rows;
  });
}

Result<std::shared_ptr<http::BodySource>> Exports::fetch(std::int64_t user, std::int64_t id) {
  return with_.database.write([&](Transaction& tx) -> Result<std::shared_ptr<http::BodySource>> {
    const auto row = tx.row<std::string, std::optional<std::string>, std::optional<storage::Blob>, std::optional<std::int64_t>, std::optional<Instant>>(
        "select state, file, file_key, bytes, ready_at from person_export where id=$1 and user_id=$2", id, user);
    if (!row) return not_found("export");
    const auto& [state, file, key, bytes, ready] = *row;
    if (state != "ready") return fail(not_ready(state));
    if (!file || !key || key->bytes.empty() || *ready + kExportLife <= with_.clock.now()) return fail(not_ready("over"));
    tx.execute("update person_export set state='sending', touched_at=$2 where id=$1", id, with_.clock.now());
    std::string opened = with_.vault.open<Purpose::kCabinet>(key_place(id, user), vault::Sealed<Category::kAccess>{key->bytes});
    return std::make_shared<Source>(with_, id, *file, std::move(opened), static_cast<std::uint64_t>(*bytes));
  });
}

Result<> Exports::remove(std::int64_t user, std::int64_t id) {
  std::string file;
  TRY(with_.database.write([&](Transaction& tx) -> Result<> {
    const auto found = tx.row<std::optional<std::string>>("select file from person_export where id=$1 and user_id=$2", id, user);
    if (!found) return not_found("export");
    file = std::get<0>(*found).value_or("");
    tx.execute(kEnd, id, "over", with_.clock.now());
    return {};
  }));
  remove_file(file);
  return {};
}

void Exports::remove_file(const std::string& name) const {
  if (name.empty()) return;
  std::error_code gone;
  fs::remove(with_.folder / name, gone);
}

bool Exports::work_once() {
  tidy(/*at_start=*/false);
  const auto job = claim();
  if (job) make(*job);
  return job.has_value();
}

// What is over loses its file; what a process left half-made, or half-sent, waits again. Alone on its store, one that starts knows that
// nobody is at work; among several, what nobody touched for a while is taken as left.
void Exports::tidy(bool at_start) {
  const Instant now = with_.clock.now();
  const Instant left_before = at_start && with_.is_alone ? now + days(1) : now - kAbandoned;
  std::vector<std::string> files;
  const bool is_any = with_.database.read([](Transaction& tx) {
    return tx.value<std::int64_t>("select id from person_export where state in ('making','ready','sending') limit 1").has_value();
  });
  if (is_any) with_.database.write([&](Transaction& tx) {
    files.clear();
    const auto lose_files = [&](std::string_view condition, Instant limit) {
      tx.each("select file from person_export where file is not null and " + std::string(condition), {limit.us},
              [&](const storage::Row& row) { files.push_back(row.text(0)); });
    };
    lose_files("state='making' and touched_at < $1", left_before);
    tx.execute("update person_export set state='waiting', file=null, file_key=null where state='making' and touched_at < $1", left_before);
    tx.execute("update person_export set state='ready' where state='sending' and touched_at < $1",
               at_start && with_.is_alone ? left_before : now - hours(6));
    lose_files("state='ready' and ready_at <= $1", now - kExportLife);
    tx.execute("update person_export set state='over', ended_at=$2, file=null, file_key=null where state='ready' and ready_at <= $1",
               now - kExportLife, now);
  });
  for (const std::string& file : files) remove_file(file);
  const auto named = with_.database.read([](Transaction& tx) {
    std::vector<std::string> names;
    for (auto& [file] : tx.rows<std::string>("select file from person_export where file is not null")) names.push_back(std::move(file));
    return names;
  });
  // Nobody else is at work when a process that is alone starts: what no row names then is nobody's.
  remove_strays(with_.folder, named, at_start && with_.is_alone ? std::chrono::seconds(0) : std::chrono::minutes(1));
}

std::optional<Exports::Job> Exports::claim() {
  return with_.database.write([&](Transaction& tx) -> std::optional<Job> {
    const auto row = tx.row<std::int64_t, std::int64_t>("select id, user_id from person_export where state='waiting' order by id limit 1");
    if (!row) return std::nullopt;
    Job job{.id = std::get<0>(*row), .user_id = std::get<1>(*row), .file = with_.random.token(16), .key = new_file_key()};
    const auto sealed = with_.vault.seal<Category::kAccess>(key_place(job.id, job.user_id), job.key);
    tx.execute("update person_export set state='making', file=$2, file_key=$3, touched_at=$4, problem=null where id=$1", job.id, job.file,
               storage::Blob{sealed.bytes}, with_.clock.now());
    return job;
  });
}

void Exports::make(const Job& job) {
  try {
    SealedWriter file(with_.folder / job.file, job.key);
    ArchiveWriter archive([&](std::string_view bytes) { file.write(bytes); }, with_.clock.now());
    const auto stored = with_.database.read([](Transaction& tx) { return privacy::columns_of(tx); });
    Duration touched = with_.clock.since_boot();
    ExportWriter writer(with_.database, with_.vault, with_.blobs, plan_export(with_.registry, stored), archive,
                        [&] { going_on(job, touched); });
    writer.write({.user_id = job.user_id, .instance = with_.public_url(), .version = with_.version, .made_at = with_.clock.now()});
    archive.finish();
    file.finish();
    FAULT_POINT("export.finished");
    if (!finish(job, file.size())) remove_file(job.file);
  } catch (const Stopped&) {
    give_up(job, "waiting", {});
  } catch (const TakenBack&) {
    remove_file(job.file);
  } catch (const std::system_error& failure) {
    log::warning("export.failed", {{"what", failure.what()}});
    give_up(job, "failed", "export.no_space");
  } catch (const std::runtime_error& failure) {
    log::warning("export.failed", {{"what", failure.what()}});
    give_up(job, "failed", "export.failed");
  }
}

void Exports::going_on(const Job& job, Duration& touched) const {
  FAULT_POINT("export.page");
  if (stopping_) throw Stopped();
  if (with_.clock.since_boot() < touched + kTouchEvery) return;
  touched = with_.clock.since_boot();
  const bool is_mine = with_.database.write([&](Transaction& tx) {
    return tx.execute("update person_export set touched_at=$3 where id=$1 and file=$2 and state='making'", job.id, job.file,
                      with_.clock.now()) == 1;
  });
  if (!is_mine) throw TakenBack();
}

bool Exports::finish(const Job& job, std::uint64_t bytes) {
  return with_.database.write([&](Transaction& tx) {
    return tx.execute("update person_export set state='ready', bytes=$3, ready_at=$4 where id=$1 and file=$2 and state='making'", job.id,
                      job.file, bytes, with_.clock.now()) == 1;
  });
}

void Exports::give_up(const Job& job, std::string_view state, std::string_view problem) {
  remove_file(job.file);
  const bool is_over = state == "failed";
  with_.database.write([&](Transaction& tx) {
    tx.execute("update person_export set state=$3, problem=$4, file=null, file_key=null, ended_at=$5 where id=$1 and file=$2 and state='making'",
               job.id, job.file, state, is_over ? std::optional(problem) : std::nullopt,
               is_over ? std::optional(with_.clock.now()) : std::nullopt);
  });
}

}  // namespace postmypost::cabinet
