#include "app/personal_data.hpp"

#include "accounts/personal_data.hpp"
#include "api/personal_data.hpp"
#include "base/log_fields.hpp"
#include "cabinet/personal_data.hpp"
#include "care/personal_data.hpp"
#include "http/cookies.hpp"
#include "identity/personal_data.hpp"
#include "journal/personal_data.hpp"
#include "leaving/personal_data.hpp"
#include "media/personal_data.hpp"
#include "pages/personal_data.hpp"
#include "privacy/personal_data.hpp"
#include "projects/personal_data.hpp"
#include "publications/personal_data.hpp"
#include "publishing/personal_data.hpp"
#include "statistics/personal_data.hpp"
#include "storage/personal_data.hpp"
#include "vault/personal_data.hpp"

namespace postmypost::app {
namespace {

constexpr auto kProgram = std::to_array<Declared>({
    items(Medium::kFile, "lock command.sock", Reason::kMachine),
    items(Medium::kFile, "set-up-link.txt", Reason::kMachine, "the link of the first start, before there are people"),
    items(Medium::kFile, "postmypost.toml", Reason::kMachine, "the operator's configuration"),
});

// What the web application keeps on the device of whoever uses it (web/src); the tests in a browser find every key
// here.
constexpr auto kWeb = std::to_array<Declared>({
    items(Medium::kBrowser, "postmypost.locale postmypost.theme",
          {.category = Category::kPreference, .retention = Retention::kBrowser, .note = "on one's own device"}),
    items(Medium::kBrowser, "postmypost.project", Reason::kId, "the project that was open last"),
    items(Medium::kBrowser, "postmypost.draft.*",
          {.category = Category::kContent,
           .subject = Subject::kMentioned,
           .retention = Retention::kBrowser,
           .note = "a text not saved yet, on one's own device"}),
});

}  // namespace

std::vector<PersonalData> all_personal_data() {
  return {{"base", kLogFields},        storage::kPersonalData,
          journal::kPersonalData,      {"http", http::kCookies},
          vault::kPersonalData,        identity::kPersonalData,
          projects::kPersonalData,     media::kPersonalData,
          publications::kPersonalData, pages::kPersonalData,
          accounts::kPersonalData,     publishing::kPersonalData,
          privacy::kPersonalData,
          cabinet::kPersonalData,
          care::kPersonalData,         statistics::kPersonalData,
          leaving::kPersonalData,      api::kPersonalData,
          {"app", kProgram},           {"web", kWeb}};
}

}  // namespace postmypost::app
