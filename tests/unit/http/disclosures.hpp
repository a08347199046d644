// Disclosures for tests of this room, which sees no vault: stands where the real ledger does.
#pragma once

#include "base/disclosure.hpp"

namespace postmypost::vault {

class Ledger {
 public:
  static RecordedDisclosure make(std::string host) {
    return RecordedDisclosure(1, std::move(host));
  }
};

}  // namespace postmypost::vault
