// /v4.1 in a running instance, with the work behind it.
#include "app/instance.hpp"

namespace postmypost::app {

// Both APIs count together.
std::optional<api::v4_1::Allowance> Instance::allowance(const identity::Actor& actor, api::v4_1::RateClass rate) {
  const bool writes = rate == api::v4_1::RateClass::kWriting;
  const auto verdict = limits_->take({.token_id = actor.token_id, .user_id = actor.user_id}, writes ? api::Rate::kWrite : api::Rate::kRead);
  if (!verdict.is_limited) return std::nullopt;
  return api::v4_1::Allowance{.is_allowed = verdict.is_allowed,
                              .limit = verdict.caller.quota,
                              .remaining = verdict.caller.left,
                              .reset_s = static_cast<int>(verdict.caller.seconds)};
}

void Instance::wire_vendor_api() {
  Stores& s = *stores_;
  removing_ = std::make_unique<leaving::Removing>(leaving::Removing::With{*s.database, s.clock, *account_rows_, *publications_, *planning_,
                                                                          *pages_, *connections_});
  upload_work_ = std::make_unique<media::UploadWork>(media::UploadWork::With{
      *s.database, *s.blobs, *cleaner_, *files_, *uploads_, *egress_, s.clock,
      [this](storage::Transaction& tx, std::int64_t file) { return publications_->uses_file(tx, file); }, !options_.is_shared()});
  vendor_api_ = std::make_unique<api::v4_1::Api>(
      api::v4_1::Rooms{*services_, *uploads_, *rubrics_, *removing_, [this] { return public_url(); },
                       [this] { if (upload_job_) upload_job_->run_soon(); }, [this] { if (removal_job_) removal_job_->run_soon(); },
                       [this](const identity::Actor& actor, api::v4_1::RateClass rate) { return allowance(actor, rate); }});
}

}  // namespace postmypost::app
