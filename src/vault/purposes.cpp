#include "vault/purposes.hpp"

namespace postmypost::vault {

std::string_view to_string(Category category) {
  switch (category) {
    case Category::kName: return "name";
    case Category::kEmail: return "email";
    case Category::kIpAddress: return "ip_address";
    case Category::kCredential: return "credential";
    case Category::kProfile: return "profile";
    case Category::kContent: return "content";
  }
  return "content";
}

std::string_view to_string(Purpose purpose) {
  switch (purpose) {
    case Purpose::kIdentify: return "identify";
    case Purpose::kPersonalise: return "personalise";
    case Purpose::kContact: return "contact";
    case Purpose::kImprove: return "improve";
    case Purpose::kPublish: return "publish";
    case Purpose::kStatistics: return "statistics";
    case Purpose::kSecurity: return "security";
  }
  return "security";
}

}  // namespace postmypost::vault
