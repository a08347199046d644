#include "store.hpp"

#include <algorithm>
#include <latch>
#include <memory>

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
  std::vector<std::exception_ptr> failures(batch.size());
  if (is_full()) {
    const storage::DatabaseError full(storage::DatabaseError::Kind::kFull, "the simulated disk is full");
    std::ranges::fill(failures, std::make_exception_ptr(full));
  } else {
    commit_together(batch, failures);
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    // The news of a commit is an event of its own: a kill may fall between the two.
    world_.after(microseconds(world_.dice.between(std::int64_t{1}, std::int64_t{300})), owner_,
                 [done = std::move(batch[i].done), failure = failures[i]] { done(failure); });
  }
}

// One hand-over to the writer's thread for all of them: threads taking turns were much of a day's cost. The works stay here, so
// that what they hold of the engine is let go in its own thread.
void Store::commit_together(std::deque<Work>& batch, std::vector<std::exception_ptr>& failures) {
  const auto finished = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(batch.size()));
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto run = [&work = batch[i].run](storage::Transaction& tx) { return work(tx); };
    real_.submit(storage::Queue::kEngine, run, [&failures, finished, i](std::exception_ptr failure) {
      failures[i] = std::move(failure);
      finished->count_down();
    });
  }
  finished->wait();
}

}  // namespace postmypost::simulation
