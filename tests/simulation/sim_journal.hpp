// The sent-journal of a simulated node: in memory, durable when the world says so.
//
// What is durable belongs to the node's disk and outlives its processes; what a process has only queued dies with it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "journal/journal.hpp"
#include "world.hpp"

namespace postmypost::simulation {

// A copy of it is a copy of the node's files, and knows that: `is_original` is false until it is renewed.
struct JournalDisk {
  JournalDisk(std::string id, const std::string& incarnation);
  JournalDisk(const JournalDisk& other);
  JournalDisk& operator=(JournalDisk&&) = default;

  void write(journal::Entry entry);
  bool knows(journal::Kind kind, const std::string& uid, std::int64_t epoch, const std::string& step) const;

  std::string id, incarnation;
  bool is_original = true;
  std::vector<std::pair<journal::Entry, journal::Head>> entries;
};

class SimJournal final : public journal::Journal {
 public:
  SimJournal(World& world, JournalDisk& disk, Owner owner) : world_(world), disk_(disk), owner_(owner) {}

  using Journal::append;
  void append(journal::Entry entry, std::function<void(std::exception_ptr)> durable) override;
  journal::Head head() const override { return disk_.entries.back().second; }
  std::string id() const override { return disk_.id; }
  std::string incarnation() const override { return disk_.incarnation; }
  bool is_original() const override { return disk_.is_original; }
  void renew(const std::string& incarnation, Instant now) override;
  void replay(std::uint64_t from, const std::function<void(const journal::Entry&, const journal::Head&)>& use) const override;
  bool is_short_of_space() const override { return false; }
  void drop_before(Instant) override {}
  void drop() { waiting_.clear(); }  // the process died

 private:
  struct Waiting {
    journal::Entry entry;
    std::function<void(std::exception_ptr)> durable;
  };
  void sync();

  World& world_;
  JournalDisk& disk_;
  Owner owner_;
  std::vector<Waiting> waiting_;
  bool sync_is_set_ = false;
};

}  // namespace postmypost::simulation
