#include "journal/record.hpp"

#include <sodium.h>

#include <boost/crc.hpp>
#include <boost/json.hpp>

#include "base/encoding.hpp"

namespace postmypost::journal {
namespace {

namespace json = boost::json;

constexpr std::size_t kHead = 8, kNumbers = 16;

template <class T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(value >> (8 * i) & 0xffU);
}

template <class T>
T take(std::string_view bytes) {
  T value = 0;
  for (std::size_t i = sizeof(T); i-- > 0;) value = static_cast<T>(value << 8U | static_cast<unsigned char>(bytes[i]));
  return value;
}

std::uint32_t crc(std::string_view bytes) {
  boost::crc_32_type sum;
  sum.process_bytes(bytes.data(), bytes.size());
  return sum.checksum();
}

std::string chain(std::string_view previous, std::string_view numbers, std::string_view text) {
  std::string hash(kHashBytes, '\0');
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, kHashBytes);
  for (const std::string_view part : {previous, numbers, text}) {
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  }
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(hash.data()), kHashBytes);
  return hash;
}

std::string numbers_of(std::uint64_t number, std::uint64_t first) {
  std::string out;
  put(out, number);
  put(out, first);
  return out;
}

// Only what the kind has: a beat needs no uid, an intent no marks.
json::object object_of(const Entry& entry) {
  json::object out{{"kind", static_cast<int>(entry.kind)}, {"at", entry.at.us}};
  const auto text = [&](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  text("uid", entry.uid);
  if (!entry.uid.empty()) out["generation"] = entry.generation, out["epoch"] = entry.epoch;
  text("step", entry.step);
  text("digest", entry.digest);
  text("outcome", entry.outcome);
  if (!entry.sealed.empty()) out["sealed"] = base64url(entry.sealed);
  text("incarnation", entry.incarnation);
  if (entry.beat != 0) out["beat"] = entry.beat;
  if (!entry.marks.empty()) out["marks"] = json::value_from(entry.marks);
  return out;
}

}  // namespace

std::string zero_hash() { return std::string(kHashBytes, '\0'); }

std::string encoded(const Entry& entry, std::uint64_t number, std::uint64_t first, const std::string& previous_hash,
                    std::string& hash) {
  const std::string text = json::serialize(object_of(entry));
  const std::string numbers = numbers_of(number, first);
  hash = chain(previous_hash, numbers, text);
  const std::string body = numbers + hash + text;
  std::string out;
  put(out, static_cast<std::uint32_t>(body.size()));
  put(out, crc(body));
  return out + body;
}

std::optional<Record> read_record(std::string_view bytes) {
  if (bytes.size() < kHead + kNumbers + kHashBytes) return std::nullopt;
  const auto length = take<std::uint32_t>(bytes);
  if (length < kNumbers + kHashBytes || length > kMostRecordBytes || length > bytes.size() - kHead) return std::nullopt;
  const std::string_view body = bytes.substr(kHead, length);
  if (crc(body) != take<std::uint32_t>(bytes.substr(4))) return std::nullopt;
  return Record{.number = take<std::uint64_t>(body),
                .first = take<std::uint64_t>(body.substr(8)),
                .hash = std::string(body.substr(kNumbers, kHashBytes)),
                .json = std::string(body.substr(kNumbers + kHashBytes)),
                .bytes = kHead + length};
}

bool continues(const Record& record, const Head& before) {
  return record.number == before.number + 1 &&
         record.hash == chain(before.hash, numbers_of(record.number, record.first), record.json);
}

Entry entry_of(const std::string& text) {
  const json::object in = json::parse(text).as_object();
  Entry out{.kind = static_cast<Kind>(in.at("kind").as_int64()), .at = {in.at("at").as_int64()}};
  const auto read = [&](const char* name, std::string& value) {
    if (const json::value* member = in.if_contains(name)) value = member->as_string();
  };
  const auto number = [&](const char* name, std::int64_t& value) {
    if (const json::value* member = in.if_contains(name)) value = member->as_int64();
  };
  read("uid", out.uid);
  number("generation", out.generation);
  number("epoch", out.epoch);
  read("step", out.step);
  read("digest", out.digest);
  read("outcome", out.outcome);
  read("incarnation", out.incarnation);
  number("beat", out.beat);
  std::string sealed;
  read("sealed", sealed);
  out.sealed = from_base64url(sealed).value_or("");
  if (const json::value* marks = in.if_contains("marks")) out.marks = json::value_to<std::map<std::string, std::int64_t>>(*marks);
  return out;
}

}  // namespace postmypost::journal
