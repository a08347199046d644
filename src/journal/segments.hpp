// The journal's files on disk, and what a start finds in them. Private to the room.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "journal/file.hpp"
#include "journal/record.hpp"

namespace postmypost::journal {

struct Segment {
  std::uint64_t number = 0;
  std::filesystem::path path;
};
std::vector<Segment> segments_in(const std::filesystem::path& folder);  // oldest first
std::filesystem::path segment_path(const std::filesystem::path& folder, std::uint64_t number);

// A kStart entry's own members beside Entry's: kept in `step` (previous head) and `digest` (identity of the file).
std::string identity_of(const std::filesystem::path& path);  // inode and birth time
Entry start_entry(const std::filesystem::path& path, const Head& previous, const std::string& id, const std::string& incarnation,
                  Instant now);
Head previous_head(const Entry& start);

struct Scan {
  Entry start;         // the segment's first entry
  Head head;           // after the last whole entry
  std::uint64_t last_sync = 0;  // where the entries of the last sync begin
  std::uint64_t end = 0;  // where the last whole entry ends
  bool torn = false;   // bytes behind it that no later sync proves to have been durable
};
// Reads one segment from its start entry on and hands out every entry. Errors: `journal.corrupt`. An empty or torn first entry
// gives a scan whose head is number 0.
Result<Scan> scan(const Segment& segment, const std::function<void(const Entry&, const Head&)>& use = {});

}  // namespace postmypost::journal
