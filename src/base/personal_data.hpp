// How a room declares what it keeps: every column of its tables, every file, cookie, browser key and log field, each
// either personal, and then with all that the policy asks, or not, and then with the reason (docs/privacy.md).
//
// Declarations are constant tables in ROOM/personal_data.cpp, beside the room's migrations. `app` joins them; `privacy`
// prints the registry from them and compares them with the databases. Codes are stable: words for people hang on them.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "base/purposes.hpp"

namespace postmypost {

enum class Subject : std::uint8_t {
  kUser,       // who has a cabinet here
  kMentioned,  // a user, and whoever they write about or show
  kVisitor,    // whoever asks the server for something
  kOperator,
};

// How a value lies in the database or on the disk.
enum class Kept : std::uint8_t { kSealed, kHashed, kPlain };

enum class Retention : std::uint8_t {
  kCabinet,      // while the person has a cabinet
  kAccount,      // until the account is disconnected
  kProject,      // while the project exists
  kPublication,  // with the publication it belongs to
  kPage,         // while the own page is open
  kShort,        // minutes: until it is used, at the latest with the next of its kind
  kAddress,      // days after it was noted
  kAfterEnd,     // days after it ended
  kAttempts,     // days after the attempt
  kExport,       // days after it was finished, at most: an archive goes when it is fetched
  kAnswer,       // days after a request was answered
  kTicket,       // days after the ticket of support was closed
  kCookie,       // days in the browser
  kBrowser,      // in the browser until its owner signs out or clears it
  kJournal,      // days after the entry
  kLog,          // days in the operator's log; the program itself keeps none
  kProof,        // days as proof
  kServer,       // while this server is run
};

// What happens to a value when its person is erased.
enum class Erasure : std::uint8_t { kDelete, kShredKey, kNull, kKeep };

struct Personal {
  Category category;
  Subject subject = Subject::kUser;
  Kept kept = Kept::kPlain;
  Retention retention = Retention::kCabinet;
  Erasure erasure = Erasure::kDelete;
  std::string_view exported = {};  // file of the export it is part of; empty: not exported, `note` says why
  std::string_view note = {};      // why it is kept, not exported, or not sealed
};

// Why something is no personal data.
enum class Reason : std::uint8_t {
  kId,       // numbers or names a thing, not a person
  kState,    // the state of a thing
  kTime,     // when the machine did something, or is to do it
  kMeasure,  // a size, a count, a version, a kind
  kMachine,  // about this program and its machines; or a secret of theirs
  kHolds,    // a file whose content is declared piece by piece
};

enum class Medium : std::uint8_t { kColumn, kFile, kCookie, kBrowser, kLogField };  // kBrowser: its local storage

struct Declared {
  Medium medium;
  std::string_view table;  // of columns
  // Words. Of columns "*" is every one of the table; elsewhere `*` stands for any characters but "/"; files lie below
  // the data folder.
  std::string_view names;
  std::optional<Personal> personal;  // empty: `reason` says why it is none
  Reason reason = Reason::kMachine;
  std::string_view note = {};
};

constexpr Declared columns(std::string_view table, std::string_view names, Personal personal) {
  return {.medium = Medium::kColumn, .table = table, .names = names, .personal = personal, .note = personal.note};
}
constexpr Declared columns(std::string_view table, std::string_view names, Reason reason, std::string_view note = {}) {
  return {.medium = Medium::kColumn, .table = table, .names = names, .personal = {}, .reason = reason, .note = note};
}
// What is no column.
constexpr Declared items(Medium medium, std::string_view names, Personal personal) {
  return {.medium = medium, .table = {}, .names = names, .personal = personal, .note = personal.note};
}
constexpr Declared items(Medium medium, std::string_view names, Reason reason, std::string_view note = {}) {
  return {.medium = medium, .table = {}, .names = names, .personal = {}, .reason = reason, .note = note};
}

// What a rule with days ends by itself (privacy/retention.hpp). Conditions are about one row; $1 is the instant before
// which things are over by that rule.
struct Ends {
  Retention retention;
  std::string_view table, is_over;
  std::string_view emptied = {};  // the column that is emptied; none: the row is deleted
};

// Whose key seals a column (vault/vault.hpp).
enum class KeyScope : std::uint8_t { kUser, kAccount, kProject, kInstance };

// How the values of a sealed column are bound, so that rotation, checks and exports find every one. `row` and `owner` are SQL
// expressions about one row: the number a value is bound to, and the id of whom its key belongs to.
struct SealedColumn {
  std::string_view table, column;
  KeyScope scope;
  std::string_view owner;
  std::string_view row = "id";
  std::string_view walk = "id";  // an indexed column by which the table is read piece by piece
};

enum class Owner : std::uint8_t { kPerson, kProject, kAccount, kPublication };

// Whose rows a table holds, for erasure and export: those for which `condition` is true of $1, the owner's id. An owner's
// tables stand in the order in which rows may go: what refers before what it refers to. A table may have several owners;
// a publication's own rows stand under the publication only, not again under its project.
struct Belongs {
  std::string_view table;
  Owner owner;
  std::string_view condition;
  std::string_view set = {};  // assignments that end the row's part in its owner; none: the row is deleted
  bool walked = false;        // no index leads there: found by reading the whole table by its ids, a piece at a time
};

struct PersonalData {
  std::string_view room;
  std::span<const Declared> declared;
  std::span<const Ends> ends = {};
  std::span<const SealedColumn> sealed = {};
  std::span<const Belongs> belongs = {};
};

// Calls `use` with each word of a list of words.
template <class F>
constexpr void each_word(std::string_view words, F use) {
  while (!words.empty()) {
    const auto end = words.find(' ');
    if (end != 0) use(words.substr(0, end));
    words = end == std::string_view::npos ? std::string_view() : words.substr(end + 1);
  }
}

constexpr bool declares(std::span<const Declared> all, Medium medium, std::string_view name) {
  bool found = false;
  for (const Declared& one : all) {
    if (one.medium == medium) each_word(one.names, [&](std::string_view word) { found = found || word == name; });
  }
  return found;
}

struct RetentionFacts {
  Retention retention;
  std::string_view code;
  int days;       // of the rule; 0: its end is an event
  bool in_force;  // this program ends it by itself; otherwise it is what is intended, and the page says so
};
inline constexpr auto kRetentions = std::to_array<RetentionFacts>({
    {Retention::kCabinet, "cabinet", 0, true},
    {Retention::kAccount, "account", 0, true},
    {Retention::kProject, "project", 0, true},
    {Retention::kPublication, "publication", 0, false},
    {Retention::kPage, "page", 0, true},
    {Retention::kShort, "short", 0, true},
    {Retention::kAddress, "address", 30, true},
    {Retention::kAfterEnd, "after_end", 30, true},
    {Retention::kAttempts, "attempts", 180, true},
    {Retention::kExport, "export", 1, true},
    {Retention::kAnswer, "answer", 1, true},
    {Retention::kTicket, "ticket", 365, true},
    {Retention::kCookie, "cookie", 30, true},
    {Retention::kBrowser, "browser", 0, true},
    {Retention::kJournal, "journal", 37, true},  // a backup of 30 days and a week
    {Retention::kLog, "log", 30, false},
    {Retention::kProof, "proof", 3 * 365, true},
    {Retention::kServer, "server", 0, true},
});

constexpr const RetentionFacts& facts_of(Retention retention) {
  return *std::ranges::find(kRetentions, retention, &RetentionFacts::retention);
}

std::string_view to_string(Subject subject);
std::string_view to_string(Kept kept);
std::string_view to_string(Erasure erasure);
std::string_view to_string(Reason reason);
std::string_view to_string(Medium medium);
std::string_view to_string(KeyScope scope);

}  // namespace postmypost
