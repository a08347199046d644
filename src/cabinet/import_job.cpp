// One import from what was sent to what is here: read and checked as a whole, its pictures cleaned, then taken.
#include <algorithm>
#include <fstream>
#include <set>
#include <system_error>
#include <utility>

#include "base/error_json.hpp"
#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "cabinet/archive_reader.hpp"
#include "cabinet/digest.hpp"
#include "cabinet/export_writer.hpp"
#include "cabinet/imports.hpp"
#include "cabinet/refusal.hpp"
#include "identity/identity.hpp"

namespace postmypost::cabinet {
namespace {

namespace fs = std::filesystem;
using storage::Transaction;

constexpr Duration kTouchEvery = seconds(5);
constexpr std::uint64_t kMostRows = 256U << 20U;  // bytes of all members that are read as rows
constexpr std::size_t kLongestLine = 4U << 20U;
constexpr std::size_t kMostPicture = 64U << 20U;

struct Stopped {};
struct Lost {};  // another process took it over, because nobody had touched it for long

// What the row says of a taking: whose it is, and which projects it makes.
std::string taking_of(const std::string& claim, const std::vector<std::int64_t>& projects) {
  json::array reserved(projects.begin(), projects.end());
  return json::serialize(json::object{{"claim", claim}, {"reserved", std::move(reserved)}});
}

bool is_read_as_rows(const std::string& name) { return name.ends_with(".json") && name != kManifest; }

struct SeenMember {
  std::uint64_t bytes = 0;
  std::string sha256;
};

// The manifest says what the archive is, and names each of its members.
Result<> check_manifest(const std::string& text, const std::map<std::string, SeenMember>& seen) {
  const Error no_export = refusal("import.not_an_export", "This is no export of a Postmypost.", "Choose the file that the other server gave you.");
  const auto parsed = json::parse(text);
  if (!parsed || !parsed->is_object()) return fail(no_export);
  const json::object& manifest = parsed->as_object();
  const json::value* format = manifest.if_contains("format");
  const json::value* version = manifest.if_contains("version");
  const json::value* members = manifest.if_contains("members");
  if (!format || *format != json::value(kFormatName) || !version || !version->is_int64() || !members || !members->is_array()) return fail(no_export);
  if (version->as_int64() != kFormatVersion) {
    return fail(refusal("import.version", "The archive has a form that this server does not know.", "Update this server, then try again.",
                        {{"version", std::to_string(version->as_int64())}, {"known", std::to_string(kFormatVersion)}}));
  }
  std::set<std::string> named;
  for (const json::value& one : members->as_array()) {
    const json::object* member = one.if_object();
    const json::value* name = member ? member->if_contains("name") : nullptr;
    if (!name || !name->is_string()) return fail(no_export);
    const auto found = seen.find(std::string(name->as_string()));
    const json::value* bytes = member->if_contains("bytes");
    const json::value* hash = member->if_contains("sha256");
    const bool is_same = found != seen.end() && bytes && bytes->is_int64() && std::cmp_equal(bytes->as_int64(), found->second.bytes) && hash &&
                         *hash == json::value(found->second.sha256);
    if (!is_same) {
      return fail(damaged(std::string(name->as_string())));
    }
    named.insert(found->first);
  }
  for (const auto& [name, member] : seen) {
    if (!named.contains(name)) return fail(damaged(name));
  }
  return {};
}

// Hands over whole lines of what comes in chunks.
class Lines {
 public:
  explicit Lines(Incoming& incoming) : incoming_(incoming) {}
  Result<> add(std::string_view chunk) {
    waiting_ += chunk;
    for (auto end = waiting_.find('\n'); end != std::string::npos; end = waiting_.find('\n')) {
      TRY(incoming_.take_line(std::string_view(waiting_).substr(0, end)));
      waiting_.erase(0, end + 1);
    }
    if (waiting_.size() > kLongestLine) return incoming_.take_line("too long to be a row");
    return {};
  }
  Result<> finish() { return incoming_.take_line(std::exchange(waiting_, {})); }

 private:
  Incoming& incoming_;
  std::string waiting_;
};

}  // namespace

// Blobs first: a picture that a row names is that row's.
void Imports::undo(const std::string& file, const std::optional<std::string>& taken) {
  std::vector<std::int64_t> projects;
  if (taken) {
    const auto parsed = json::parse(*taken);
    for (const json::value& id : parsed->as_object().at("reserved").as_array()) projects.push_back(id.as_int64());
  }
  Taking::undo(with_.rooms.database, projects);
  std::ifstream list(blob_list(file));
  for (std::string name; std::getline(list, name);) {
    const bool is_used = with_.rooms.database.read([&](Transaction& tx) {
      return tx.value<std::int64_t>("select id from file where original_blob=$1 or thumbnail_blob=$1 limit 1", name).has_value();
    });
    if (!is_used) with_.blobs.remove(name);
  }
  std::error_code gone;
  fs::remove(blob_list(file), gone);
}

std::optional<Imports::Job> Imports::claim() {
  return with_.rooms.database.write([&](Transaction& tx) -> std::optional<Job> {
    const auto row = tx.row<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::string, std::optional<storage::Blob>>(
        "select id, user_id, bytes, pieces, file, file_key from person_import where state='waiting' order by id limit 1");
    if (!row) return std::nullopt;
    const auto& [id, user, bytes, pieces, file, key] = *row;
    Job job{.id = id, .user_id = user, .bytes = bytes, .pieces = pieces, .file = file, .key = {}, .claim = with_.random.token(12), .taking = {}};
    job.taking = taking_of(job.claim, {});
    tx.execute("update person_import set state='reading', touched_at=$2, taken=$3 where id=$1", id, with_.clock.now(), job.taking);
    if (key && !key->bytes.empty()) {
      job.key = with_.rooms.vault.open<Purpose::kCabinet>(import_key_place(id, user), vault::Sealed<Category::kAccess>{key->bytes});
    }
    return job;
  });
}

void Imports::end(const Job& job, std::string_view state, const std::optional<std::string>& problem) {
  const bool is_ours = with_.rooms.database.write([&](Transaction& tx) {
    return tx.execute("update person_import set state=$2, problem=$3, taken=null, ended_at=$4, file_key=null where id=$1 and taken=$5", job.id,
                      state, problem, with_.clock.now(), job.taking) == 1;
  });
  if (is_ours) remove_files(job.file);
}

void Imports::work(Job job) {
  try {
    if (const auto taken = take(job)) {
      std::error_code gone;
      fs::remove(blob_list(job.file), gone);
      remove_files(job.file);
    } else {
      undo(job.file, job.taking);
      end(job, "failed", to_json(taken.error()));
    }
  } catch (const Lost&) {
    undo(job.file, job.taking);
  } catch (const Stopped&) {  // the next start begins it again
    undo(job.file, job.taking);
    with_.rooms.database.write([&](Transaction& tx) {
      tx.execute("update person_import set state='waiting', taken=null where id=$1 and taken=$2", job.id, job.taking);
    });
  } catch (const storage::DatabaseError&) {
    throw;  // nobody touches it any more: it is undone and begun again
  } catch (const std::runtime_error& failure) {
    log::warning("import.failed", {{"what", failure.what()}});
    undo(job.file, job.taking);
    end(job, "failed", to_json(refusal("import.failed", "The archive could not be taken in.", "Try again; the server's log has the reason.")));
  }
}

void Imports::going_on(const Job& job) {
  FAULT_POINT("import.row");
  if (stopping_) throw Stopped();
  if (with_.clock.since_boot() < touched_ + kTouchEvery) return;
  touched_ = with_.clock.since_boot();
  const bool is_ours = with_.rooms.database.write([&](Transaction& tx) {
    return tx.execute("update person_import set touched_at=$2 where id=$1 and taken=$3", job.id, with_.clock.now(), job.taking) == 1;
  });
  if (!is_ours) throw Lost();
}

Result<Taken> Imports::take(Job& job) {
  if (job.key.empty()) return fail(refusal("import.late", "The archive waited for more than a day.", "Send it again."));
  std::vector<fs::path> files;
  for (std::int64_t piece = 0; piece < job.pieces; ++piece) files.push_back(piece_file(job.file, piece));
  SealedReader bytes(files, job.key);
  TRY_ASSIGN(const Incoming incoming, read(job, bytes));
  TRY_ASSIGN(const auto pictures, store_pictures(job, bytes, incoming));
  Taking taking(with_.rooms, incoming, job.user_id, with_.clock.now(), [&] { going_on(job); });
  const std::string reserved = taking_of(job.claim, taking.reserve());
  const bool is_ours = with_.rooms.database.write([&](Transaction& tx) {
    return tx.execute("update person_import set taken=$2 where id=$1 and taken=$3", job.id, reserved, job.taking) == 1;
  });
  if (!is_ours) throw Lost();
  job.taking = reserved;
  TRY(taking.fill(pictures));
  FAULT_POINT("import.filled");
  const Taken taken{static_cast<std::int64_t>(incoming.projects.size()), static_cast<std::int64_t>(incoming.publications.size()),
                    static_cast<std::int64_t>(incoming.files.size()), static_cast<std::int64_t>(incoming.accounts.size())};
  const std::string counts = json::serialize(json::object{{"projects", taken.projects}, {"publications", taken.publications},
                                                          {"pictures", taken.pictures}, {"accounts", taken.accounts}});
  const bool is_done = with_.rooms.database.write([&](Transaction& tx) {
    if (tx.execute("update person_import set state='done', taken=$2, ended_at=$3, file_key=null where id=$1 and taken=$4", job.id, counts,
                   with_.clock.now(), job.taking) != 1) {
      return false;
    }
    taking.open(tx);
    return true;
  });
  if (!is_done) throw Lost();
  return taken;
}

std::string Imports::email_of(std::int64_t user) const {
  const auto sealed = with_.rooms.database.read([&](Transaction& tx) { return tx.value<storage::Blob>("select email from person where id=$1", user); });
  if (!sealed) return {};
  return with_.rooms.vault.open<Purpose::kIdentify>({"person", "email", user, vault::KeyScope::kUser, user}, vault::Sealed<Category::kEmail>{sealed->bytes});
}

Result<Incoming> Imports::read(const Job& job, SealedReader& bytes) {
  Incoming incoming;
  std::map<std::string, SeenMember> seen;
  std::string manifest;
  std::uint64_t rows = 0;
  ArchiveReader reader(bytes, static_cast<std::uint64_t>(job.bytes));
  TRY(reader.each([&](const std::string& name, const NextChunk& next) -> Result<> {
    Digest digest;
    SeenMember member;
    Lines lines(incoming);
    for (std::string chunk = next(); !chunk.empty(); chunk = next()) {
      digest.add(chunk);
      member.bytes += chunk.size();
      if (name == kManifest) manifest += chunk;
      if (is_read_as_rows(name)) TRY(lines.add(chunk));
      rows += name.ends_with(".json") ? chunk.size() : 0;
      if (rows > kMostRows || (name.starts_with("media/") && member.bytes > kMostPicture)) {
        return fail(refusal("import.too_large", "A part of the archive is larger than this server takes.", "Ask whoever runs this server.", {{"member", name}}));
      }
      going_on(job);
    }
    TRY(lines.finish());
    member.sha256 = digest.hex();
    if (name != kManifest) seen.emplace(name, std::move(member));
    return {};
  }));
  TRY(check_manifest(manifest, seen));
  const auto theirs = identity::normalised_email(incoming.email);
  if (!theirs || *theirs != email_of(job.user_id)) {
    return fail(refusal("import.other_person", "This archive is of somebody with another e-mail address.",
                        "Take an archive of your own. If your address was another one there, change it there or here first."));
  }
  TRY(incoming.check());
  for (const auto& [id, file] : incoming.files) {
    if (!seen.contains(picture_name(file.blob, file.mime))) {
      return fail(damaged(picture_name(file.blob, file.mime)));
    }
  }
  return incoming;
}

// Each picture goes through the same worker as an upload: what it does not take is not taken.
Result<std::map<std::string, StoredPicture>> Imports::store_pictures(const Job& job, SealedReader& bytes, const Incoming& incoming) {
  std::map<std::string, std::string> wanted;  // blob by member
  for (const auto& [id, file] : incoming.files) wanted[picture_name(file.blob, file.mime)] = file.blob;
  std::map<std::string, StoredPicture> stored;
  ArchiveReader reader(bytes, static_cast<std::uint64_t>(job.bytes));
  TRY(reader.each([&](const std::string& name, const NextChunk& next) -> Result<> {
    const auto blob = wanted.find(name);
    if (blob == wanted.end()) return {};
    std::string whole;
    for (std::string chunk = next(); !chunk.empty(); chunk = next()) whole += chunk;
    auto kept = store(job, whole);
    if (!kept) {
      Error error = std::move(kept).error();
      error.params["member"] = name;
      return fail(std::move(error));
    }
    stored[blob->second] = std::move(*kept);
    going_on(job);
    return {};
  }));
  return stored;
}

// Names of blobs are written down as they come, so that a crash leaves none that nobody knows.
Result<StoredPicture> Imports::store(const Job& job, const std::string& bytes) {
  TRY_ASSIGN(media::CleanPicture picture, with_.cleaner.clean(bytes));
  std::ofstream list(blob_list(job.file), std::ios::app);
  TRY_ASSIGN(const std::string original, with_.blobs.put(picture.original));
  list << original << std::endl;
  TRY_ASSIGN(const std::string thumbnail, with_.blobs.put(picture.thumbnail));
  list << thumbnail << std::endl;
  StoredPicture stored{.picture = {}, .bytes = static_cast<std::int64_t>(picture.original.size()), .original_blob = original, .thumbnail_blob = thumbnail};
  stored.picture = {.mime = picture.mime, .width = picture.width, .height = picture.height, .original = {}, .thumbnail = {}, .removed = std::move(picture.removed)};
  return stored;
}

}  // namespace postmypost::cabinet
