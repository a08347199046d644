// The production database (real SQL, real SQLite) under simulated time: commits happen when the world says so.
#pragma once

#include <deque>
#include <vector>

#include "storage/database.hpp"
#include "world.hpp"

namespace postmypost::simulation {

class Store final : public storage::Database {
 public:
  Store(World& world, storage::Database& real, Owner owner) : world_(world), real_(real), owner_(owner) {}

  // What the dispatcher awaits: a group commit some time from now, and its news some time after that.
  void submit(storage::Queue queue, std::function<bool(storage::Transaction&)> work,
              std::function<void(std::exception_ptr)> done) override;
  void write_with(storage::Queue queue, const std::function<bool(storage::Transaction&)>& work) override {
    real_.write_with(queue, work);
  }
  void read_with(const std::function<void(storage::Transaction&)>& work) override { real_.read_with(work); }
  bool is_full() const override { return full_until_ > world_.time(); }

  void fill_disk(Duration time) { full_until_ = world_.time() + time; }
  void drop() { waiting_.clear(); }  // the process died: what was not committed never will be

 private:
  struct Work {
    std::function<bool(storage::Transaction&)> run;
    std::function<void(std::exception_ptr)> done;
  };
  void commit();
  void commit_together(std::deque<Work>& batch, std::vector<std::exception_ptr>& failures);

  World& world_;
  storage::Database& real_;
  Owner owner_;
  std::deque<Work> waiting_;
  bool commit_is_set_ = false;
  Instant full_until_;
};

}  // namespace postmypost::simulation
