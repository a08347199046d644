// The sent-journal of a simulated node: in memory, durable at once.
#pragma once

#include <utility>
#include <vector>

#include "journal/journal.hpp"

namespace postmypost::simulation {

class SimJournal final : public journal::Journal {
 public:
  explicit SimJournal(std::string incarnation) : incarnation_(std::move(incarnation)) {}

  using Journal::append;
  void append(journal::Entry entry, std::function<void(std::exception_ptr)> durable) override {
    ++head_.number;
    entries_.emplace_back(std::move(entry), head_);
    if (durable) durable({});
  }
  journal::Head head() const override { return head_; }
  std::string id() const override { return "journal"; }
  std::string incarnation() const override { return incarnation_; }
  bool is_original() const override { return true; }
  void renew(const std::string& incarnation, Instant) override { incarnation_ = incarnation; }
  void replay(std::uint64_t from, const std::function<void(const journal::Entry&, const journal::Head&)>& use) const override {
    for (const auto& [entry, head] : entries_) {
      if (head.number >= from) use(entry, head);
    }
  }
  bool is_short_of_space() const override { return false; }
  void drop_before(Instant) override {}

 private:
  std::vector<std::pair<journal::Entry, journal::Head>> entries_;
  journal::Head head_;
  std::string incarnation_;
};

}  // namespace postmypost::simulation
