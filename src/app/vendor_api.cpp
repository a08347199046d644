// /v4.1 in a running instance, with the work behind it.
#include "app/instance.hpp"

namespace postmypost::app {

void Instance::wire_vendor_api() {
  Stores& s = *stores_;
  removing_ = std::make_unique<leaving::Removing>(leaving::Removing::With{*s.database, s.clock, *account_rows_, *publications_, *planning_,
                                                                          *pages_, *connections_});
  upload_work_ = std::make_unique<media::UploadWork>(media::UploadWork::With{
      *s.database, *s.blobs, *cleaner_, *files_, *uploads_, *egress_, s.clock,
      [this](storage::Transaction& tx, std::int64_t file) { return publications_->uses_file(tx, file); }, !options_.is_shared()});
  vendor_api_ = std::make_unique<api::v4_1::Api>(
      api::v4_1::Rooms{*services_, *uploads_, *rubrics_, *removing_, [this] { return public_url(); },
                       [this] { if (upload_job_) upload_job_->run_soon(); }, [this] { if (removal_job_) removal_job_->run_soon(); }});
}

}  // namespace postmypost::app
