// An entry's bytes on disk.
//
//   u32 length of what follows the first eight bytes · u32 CRC-32 of it · u64 number · u64 number of the first entry of the same
//   sync · 32 bytes chain hash · the entry as JSON            (integers little-endian)
//
// The chain hash is BLAKE2b-256 over the hash before it, the two numbers and the JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "journal/journal.hpp"

namespace postmypost::journal {

inline constexpr std::size_t kHashBytes = 32;
inline constexpr std::size_t kMostRecordBytes = 64U << 10U;

struct Record {
  std::uint64_t number = 0;
  std::uint64_t first = 0;  // of its sync
  std::string hash;
  std::string json;
  std::size_t bytes = 0;    // on disk
};

std::string encoded(const Entry& entry, std::uint64_t number, std::uint64_t first, const std::string& previous_hash,
                    std::string& hash);  // `hash`: out, the new head's
// The record at the beginning of `bytes`; none when it is cut or does not match its CRC. The chain is not looked at.
std::optional<Record> read_record(std::string_view bytes);
bool continues(const Record& record, const Head& before);

Entry entry_of(const std::string& json);  // throws when a program that is not ours wrote it
std::string zero_hash();

}  // namespace postmypost::journal
