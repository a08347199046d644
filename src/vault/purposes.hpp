// What kinds of data we keep sealed, what they may be opened for, and under which clause of the policy.
#pragma once

#include <string_view>

namespace postmypost::vault {

enum class Category {
  kName,         // clause 1.1.1
  kEmail,        // clause 1.1.1
  kIpAddress,    // clause 1.1.2
  kCredential,   // a network's token, password, app secret: given for clause 2.2.5
  kProfile,      // what a network told about a connected account
  kContent,      // texts, alt texts, file names of publications
};

enum class Purpose {
  kIdentify,      // 2.2.1 sign-in, sessions, agreements
  kPersonalise,   // 2.2.2 showing people their own data
  kContact,       // 2.2.3
  kImprove,       // 2.2.4
  kPublish,       // 2.2.5 creating posts on the person's behalf
  kStatistics,    // 2.2.6 depersonalised only
  kSecurity,      // 3.2.3
};

// The one table of what may be opened for what. A pair that is not here does not compile.
constexpr bool allowed(Category category, Purpose purpose) {
  switch (category) {
    case Category::kName:
      return purpose == Purpose::kIdentify || purpose == Purpose::kPersonalise || purpose == Purpose::kContact;
    case Category::kEmail:
      return purpose == Purpose::kIdentify || purpose == Purpose::kPersonalise || purpose == Purpose::kContact;
    case Category::kIpAddress:
      return purpose == Purpose::kSecurity || purpose == Purpose::kPersonalise;
    case Category::kCredential:
      return purpose == Purpose::kPublish;
    case Category::kProfile:
    case Category::kContent:
      return purpose == Purpose::kPublish || purpose == Purpose::kPersonalise;
  }
  return false;
}

std::string_view to_string(Category category);
std::string_view to_string(Purpose purpose);

}  // namespace postmypost::vault
