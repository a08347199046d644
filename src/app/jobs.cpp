// What a process with the web does again and again beside serving.
#include <algorithm>
#include <utility>

#include "app/instance.hpp"
#include "base/log.hpp"

namespace postmypost::app {

// Several processes may share a store: each job's work is then done once, by whoever comes first.
void Instance::start_jobs(bool is_erased_again) {
  using namespace std::chrono_literals;
  Stores& s = *stores_;
  retention_job_ = std::make_unique<Job>("retention", 1min, 6h, [this, &s](const std::atomic<bool>& stop) {
    const std::int64_t ended = privacy::end_what_is_over(*s.database, registry_, s.clock.now(), stop);
    if (ended > 0) log::info("retention.ended", {{"rows", ended}});
  });
  key_job_ = std::make_unique<Job>("keys", 5s, 1min, [this, &s](const std::atomic<bool>& stop) {
    const std::vector<SealedColumn> columns = registry_.sealed_columns();
    vault::KeyKeeping{*s.database, *s.vault, *key_copies_, s.clock, columns}.keep(stop);
  });
  statistics_job_ = std::make_unique<Job>("statistics", 2min, 15min, [this, &s, day = statistics::day_of(s.clock.now())](
                                                                         const std::atomic<bool>& stop) mutable {
    const Instant now = s.clock.now();
    statistics::count_people(*s.database, s.identity->choices(), *statistics_, now, stop);
    if (const std::string today = statistics::day_of(now); today != day) improvement_->end_day(*statistics_, std::exchange(day, today), now);
  });
  gag_job_ = std::make_unique<Job>("gags", 5s, 10min, [&s](const std::atomic<bool>&) {
    s.database->write([&](storage::Transaction& tx) { return care::LegalRequests::end_gags(tx, s.clock.now()); });
  });
  upload_job_ = std::make_unique<Job>("uploads", 1s, 5s, [this](const std::atomic<bool>& stop) { upload_work_->work(stop); });
  removal_job_ = std::make_unique<Job>("removals", 1s, 5s, [this](const std::atomic<bool>& stop) { removing_->work(stop); });
  leaving_job_ = std::make_unique<Job>("leaving", 1s, 1min, [this, is_erased_again](const std::atomic<bool>& stop) mutable {
    if (!is_erased_again) is_erased_again = leaving_->erase_again(stop);
    stores_->identity->end_unconfirmed();
    leaving_->work(stop);
  });
  if (relay_) start_letters();
}

void Instance::start_letters() {
  using std::chrono::milliseconds;
  Stores& s = *stores_;
  relay_->timeout = relay_->timeout * std::max(options_.engine_time_scale, 0.1);
  letters_ = std::make_unique<mail::Sending>(mail::Sending::With{
      *s.database, *s.vault, s.clock, *relay_,
      [this] { return mail::Face{stores_->identity->settings().operator_name, public_url()}; }, options_.engine_time_scale});
  if (!options_.is_shared()) letters_->take_over();
  const milliseconds between{std::max<std::int64_t>(100, static_cast<std::int64_t>(15'000 * options_.engine_time_scale))};
  letter_job_ = std::make_unique<Job>("letters", milliseconds(0), between, [this](const std::atomic<bool>& stop) { letters_->work(stop); });
  notice_job_ = std::make_unique<Job>("notices", milliseconds(0), 4 * between, [this](const std::atomic<bool>& stop) { notice_letters_->work(stop); });
}

void Instance::stop_jobs() {
  for (auto* job : {&removal_job_, &upload_job_, &notice_job_, &letter_job_, &statistics_job_, &leaving_job_, &gag_job_, &key_job_, &retention_job_}) job->reset();
}

}  // namespace postmypost::app
