// Which kinds of personal data there are, what each may be used for, on which basis, and under which clause of the policy.
//
// One table for the whole program: `Vault::open` compiles only for a pair that stands in it, and the registry, the record of
// processing and the public definition of personal information are printed from it. Words for people: personal.json of the
// web application's locales, by these codes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace postmypost {

enum class Category : std::uint8_t {
  kName,
  kEmail,
  kIpAddress,
  kDevice,        // browser and system in words; the cookie that a session is known by
  kAccess,        // how a person is recognised and what they may do: password, tokens, role
  kPersonNumber,  // the number that rows about a person carry instead of a name
  kPreference,    // language, theme, zone
  kAgreement,     // which versions of the policy and the terms were acknowledged
  kActivity,      // when a person did something, and what they planned
  kCredential,    // a network's token, password, app secret
  kProfile,       // what a network told about a connected account and its posts
  kContent,       // texts, pictures, alt texts, file names, names of projects
  kQuestion,      // what a person wrote to support, and the answers
  kPublished,     // what a person, or the operator, shows to everybody on this server
  kDisclosure,    // what was passed on, to whom, when
};

enum class Purpose : std::uint8_t {
  kIdentify,     // sign-in, sessions, agreements
  kCabinet,      // showing people their own data
  kPersonalise,  // the service in one's own language and look, instead of the defaults
  kContact,
  kImprove,
  kPublish,      // creating posts on the person's behalf
  kStatistics,   // depersonalised only
  kSecurity,
  kLegal,  // what applicable law demands, by its procedure (care/legal_requests.hpp)
};

enum class Basis : std::uint8_t {
  kAgreement,  // the work can't be done without it
  kInterest,   // security of the service and its people; a person may object
  kDuty,       // proof that has to be kept
  kConsent,    // asked for separately, withdrawn as easily
};

// What a person may decide about a purpose (identity/choices.hpp). Until they do, only a consent is missing.
enum class Decision : std::uint8_t { kNone, kConsent, kSwitch, kObjection };

struct CategoryFacts {
  Category category;
  std::string_view code, clause;
};
inline constexpr auto kCategories = std::to_array<CategoryFacts>({
    {Category::kName, "name", "1.1.1"},
    {Category::kEmail, "email", "1.1.1"},
    {Category::kIpAddress, "ip_address", "1.1.2"},
    {Category::kDevice, "device", "1.1.2"},
    {Category::kAccess, "access", "1.1.1"},
    {Category::kPersonNumber, "person_number", "1.1"},
    {Category::kPreference, "preference", "1.1.1"},
    {Category::kAgreement, "agreement", "1.1.1"},
    {Category::kActivity, "activity", "1.1.2"},
    {Category::kCredential, "credential", "1.1.1"},
    {Category::kProfile, "profile", "1.1.1"},
    {Category::kContent, "content", "1.1.1"},
    {Category::kQuestion, "question", "5"},
    {Category::kPublished, "published", "1.1.1"},
    {Category::kDisclosure, "disclosure", "3.2"},
});

// In the order of the enum, so that a category is its own index.
static_assert(std::ranges::is_sorted(kCategories, {}, &CategoryFacts::category) &&
              kCategories.size() == static_cast<std::size_t>(Category::kDisclosure) + 1);

struct PurposeFacts {
  Purpose purpose;
  std::string_view code, clause;
  Decision decision = Decision::kNone;
};
inline constexpr auto kPurposes = std::to_array<PurposeFacts>({
    {Purpose::kIdentify, "identify", "2.2.1"},
    {Purpose::kCabinet, "cabinet", "4.1"},
    {Purpose::kPersonalise, "personalise", "2.2.2", Decision::kSwitch},
    {Purpose::kContact, "contact", "2.2.3"},
    {Purpose::kImprove, "improve", "2.2.4", Decision::kConsent},
    {Purpose::kPublish, "publish", "2.2.5"},
    {Purpose::kStatistics, "statistics", "2.2.6", Decision::kObjection},
    {Purpose::kSecurity, "security", "3.2.3", Decision::kObjection},
    {Purpose::kLegal, "legal", "3.2.5"},
});

static_assert(std::ranges::is_sorted(kPurposes, {}, &PurposeFacts::purpose) &&
              kPurposes.size() == static_cast<std::size_t>(Purpose::kLegal) + 1);

struct Ground {
  Category category;
  Purpose purpose;
  Basis basis;
};
// What is not here is forbidden. Improvement and statistics open nothing
// that is sealed: they count what somebody did, and keep sums only.
inline constexpr auto kGrounds = std::to_array<Ground>({
    {Category::kName, Purpose::kIdentify, Basis::kAgreement},
    {Category::kName, Purpose::kCabinet, Basis::kAgreement},
    {Category::kName, Purpose::kContact, Basis::kAgreement},
    {Category::kEmail, Purpose::kIdentify, Basis::kAgreement},
    {Category::kEmail, Purpose::kCabinet, Basis::kAgreement},
    {Category::kEmail, Purpose::kContact, Basis::kAgreement},
    {Category::kIpAddress, Purpose::kSecurity, Basis::kInterest},
    {Category::kIpAddress, Purpose::kCabinet, Basis::kAgreement},
    {Category::kDevice, Purpose::kIdentify, Basis::kAgreement},
    {Category::kDevice, Purpose::kSecurity, Basis::kInterest},
    {Category::kDevice, Purpose::kCabinet, Basis::kAgreement},
    {Category::kAccess, Purpose::kIdentify, Basis::kAgreement},
    {Category::kAccess, Purpose::kCabinet, Basis::kAgreement},
    {Category::kAccess, Purpose::kSecurity, Basis::kInterest},
    {Category::kPersonNumber, Purpose::kIdentify, Basis::kAgreement},
    {Category::kPersonNumber, Purpose::kCabinet, Basis::kAgreement},
    {Category::kPersonNumber, Purpose::kPublish, Basis::kAgreement},
    {Category::kPreference, Purpose::kCabinet, Basis::kAgreement},
    {Category::kPreference, Purpose::kPersonalise, Basis::kAgreement},
    {Category::kPreference, Purpose::kPublish, Basis::kAgreement},
    {Category::kAgreement, Purpose::kIdentify, Basis::kDuty},
    {Category::kAgreement, Purpose::kCabinet, Basis::kDuty},
    {Category::kActivity, Purpose::kCabinet, Basis::kAgreement},
    {Category::kActivity, Purpose::kPublish, Basis::kAgreement},
    {Category::kActivity, Purpose::kSecurity, Basis::kInterest},
    {Category::kActivity, Purpose::kStatistics, Basis::kInterest},
    {Category::kActivity, Purpose::kImprove, Basis::kConsent},
    {Category::kCredential, Purpose::kPublish, Basis::kAgreement},
    {Category::kProfile, Purpose::kPublish, Basis::kAgreement},
    {Category::kProfile, Purpose::kCabinet, Basis::kAgreement},
    {Category::kContent, Purpose::kPublish, Basis::kAgreement},
    {Category::kContent, Purpose::kCabinet, Basis::kAgreement},
    {Category::kQuestion, Purpose::kContact, Basis::kAgreement},
    {Category::kQuestion, Purpose::kCabinet, Basis::kAgreement},
    {Category::kPublished, Purpose::kPublish, Basis::kAgreement},
    {Category::kPublished, Purpose::kContact, Basis::kAgreement},
    {Category::kName, Purpose::kLegal, Basis::kDuty},
    {Category::kEmail, Purpose::kLegal, Basis::kDuty},
    {Category::kIpAddress, Purpose::kLegal, Basis::kDuty},
    {Category::kDevice, Purpose::kLegal, Basis::kDuty},
    {Category::kActivity, Purpose::kLegal, Basis::kDuty},
    {Category::kAgreement, Purpose::kLegal, Basis::kDuty},
    {Category::kDisclosure, Purpose::kCabinet, Basis::kDuty},
    {Category::kDisclosure, Purpose::kSecurity, Basis::kInterest},
});

constexpr bool allowed(Category category, Purpose purpose) {
  return std::ranges::any_of(kGrounds, [&](const Ground& g) { return g.category == category && g.purpose == purpose; });
}

constexpr const CategoryFacts& facts_of(Category category) {
  return *std::ranges::find(kCategories, category, &CategoryFacts::category);
}
constexpr const PurposeFacts& facts_of(Purpose purpose) {
  return *std::ranges::find(kPurposes, purpose, &PurposeFacts::purpose);
}
// A value of the category opens for the purpose only with its person's word, asked for at each opening.
constexpr bool is_decided_by_person(Category category, Purpose purpose) {
  return facts_of(purpose).decision != Decision::kNone && allowed(category, purpose);
}
// A consent is asked for by name and an interest can be objected to: no ground without the way to decide about it.
static_assert(std::ranges::all_of(kGrounds, [](const Ground& ground) {
  const Decision decision = facts_of(ground.purpose).decision;
  return (ground.basis != Basis::kConsent || decision == Decision::kConsent) &&
         (ground.basis != Basis::kInterest || decision == Decision::kObjection);
}));
constexpr std::string_view to_string(Category category) { return facts_of(category).code; }
constexpr std::string_view to_string(Purpose purpose) { return facts_of(purpose).code; }
constexpr std::string_view to_string(Decision decision) {
  switch (decision) {
    case Decision::kNone: return "none";
    case Decision::kConsent: return "consent";
    case Decision::kSwitch: return "switch";
    case Decision::kObjection: return "objection";
  }
  return "none";
}
constexpr std::string_view to_string(Basis basis) {
  switch (basis) {
    case Basis::kAgreement: return "agreement";
    case Basis::kInterest: return "interest";
    case Basis::kDuty: return "duty";
    case Basis::kConsent: return "consent";
  }
  return "consent";
}

}  // namespace postmypost
