#include "store.hpp"

namespace postmypost::simulation {

void Store::submit(storage::Queue, std::function<bool(storage::Transaction&)> work,
                   std::function<void(std::exception_ptr)> done) {
  waiting_.push_back({std::move(work), std::move(done)});
  if (std::exchange(commit_is_set_, true)) return;
  const bool slow = world_.dice.chance(0.01);  // a disk that thinks for seconds
  world_.after(slow ? world_.dice.between(seconds(1), seconds(4)) : world_.dice.between(microseconds(200), milliseconds(8)),
               owner_, [this] { commit(); });
}

void Store::commit() {
  commit_is_set_ = false;
  std::deque<Work> batch = std::exchange(waiting_, {});
  for (Work& work : batch) {
    std::exception_ptr failure;
    try {
      if (is_full()) throw storage::DatabaseError(storage::DatabaseError::Kind::kFull, "the simulated disk is full");
      real_.write_with(storage::Queue::kEngine, work.run);
    } catch (...) {
      failure = std::current_exception();
    }
    // The news of a commit is an event of its own: a kill may fall between the two.
    world_.after(microseconds(world_.dice.between(std::int64_t{1}, std::int64_t{300})), owner_,
                 [done = std::move(work.done), failure] { done(failure); });
  }
}

}  // namespace postmypost::simulation
