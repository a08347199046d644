// The proof that a transfer of data to a third party was written down before it happens.
//
// The egress client demands one for every request. Only `vault::Ledger` can make it, inside the transaction
// that stores the ledger row, so nothing leaves without a row (policy clause 3.2; docs/privacy.md).
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace postmypost {

namespace vault {
class Ledger;
}

class RecordedDisclosure {
 public:
  RecordedDisclosure(RecordedDisclosure&&) noexcept = default;
  RecordedDisclosure& operator=(RecordedDisclosure&&) noexcept = default;
  RecordedDisclosure(const RecordedDisclosure&) = delete;
  RecordedDisclosure& operator=(const RecordedDisclosure&) = delete;

  std::int64_t id() const { return id_; }
  // The host the row names. The egress client refuses a request to any other.
  const std::string& recipient_host() const { return host_; }

 private:
  friend class vault::Ledger;
  RecordedDisclosure(std::int64_t id, std::string host) : id_(id), host_(std::move(host)) {}

  std::int64_t id_;
  std::string host_;
};

}  // namespace postmypost
