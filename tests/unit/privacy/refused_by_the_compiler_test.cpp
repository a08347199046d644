// What must not compile, given to the compiler that builds this program. Each piece stands beside one that differs only
// in the point and must compile, so that no other mistake can make the test pass.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "support/temporary_folder.hpp"

namespace postmypost {
namespace {

struct Refused {
  const char* name;
  const char* forbidden;
  const char* allowed;
  const char* complaint;  // part of the compiler's error
};

constexpr Refused kRefused[] = {
    {"statistics_of_an_address", "vault.open<Purpose::kStatistics>(place, email);",
     "vault.open<Purpose::kIdentify>(place, email);",
     "constraints not satisfied [with P = postmypost::Purpose::kStatistics, C = postmypost::Category::kEmail]"},
    {"improvement_by_texts", "vault.open<Purpose::kImprove>(place, text);",
     "vault.open<Purpose::kPublish>(place, text);",
     "constraints not satisfied [with P = postmypost::Purpose::kImprove, C = postmypost::Category::kContent]"},
    {"showing_a_credential", "vault.open<Purpose::kCabinet>(place, token);",
     "vault.open<Purpose::kPublish>(place, token);",
     "constraints not satisfied [with P = postmypost::Purpose::kCabinet, C = postmypost::Category::kCredential]"},
    {"an_address_for_security_without_asking_its_person", "vault.open<Purpose::kSecurity>(place, address);",
     "vault.open<Purpose::kSecurity>(tx, permissions, place, address);",
     "constraints not satisfied [with P = postmypost::Purpose::kSecurity, C = postmypost::Category::kIpAddress]"},
    {"opening_without_a_purpose", "vault.open(place, email);", "vault.open<Purpose::kContact>(place, email);",
     "couldn't infer template argument 'P'"},
    {"a_purpose_from_outside", "vault.open<given>(place, email);", "vault.open<Purpose::kContact>(place, email);",
     "invalid explicitly-specified argument for template parameter 'P'"},
    {"opening_bytes_past_the_gate", "vault.open_bytes(place, email.bytes);",
     "vault.open<Purpose::kIdentify>(place, email);", "'open_bytes' is a protected member"},
    {"taking_one_kind_for_another", "const vault::Sealed<Category::kName> name = email;",
     "const vault::Sealed<Category::kEmail> name = email;", "no viable conversion from"},
    {"a_log_field_nobody_declared", "log::info(\"signin\", {{\"email\", std::string()}});",
     "log::info(\"signin\", {{\"id\", std::string()}});", "this_log_field_is_not_declared_in_log_fields_hpp"},
    {"a_log_field_made_at_run_time", "log::info(\"signin\", {{made.c_str(), 7}});",
     "log::info(\"signin\", {{\"status\", 7}});", "is not a constant expression"},
    {"a_cookie_nobody_declared", "http::set_cookie(\"visitor\", \"1\", true, {});",
     "http::set_cookie(http::Cookie::kSession, \"1\", true, {});", "cannot initialize a parameter of type 'Cookie'"},
};

constexpr const char* kBefore = R"(
#include "base/log.hpp"
#include "http/cookies.hpp"
#include "vault/vault.hpp"
using namespace postmypost;
void use(const vault::Vault& vault, storage::Transaction& tx, const vault::Permissions& permissions,
         const vault::Place& place, const vault::Sealed<Category::kEmail>& email,
         const vault::Sealed<Category::kIpAddress>& address,
         const vault::Sealed<Category::kContent>& text, const vault::Sealed<Category::kCredential>& token, Purpose given,
         const std::string& made) {
)";

void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.name; }

// What the compiler says about a file with one statement of each piece, as if each stood in a file of the piece's name.
std::string said_about(const char* Refused::*statement) {
  const support::TemporaryFolder folder;
  std::ofstream file(folder / "pieces.cpp");
  file << kBefore;
  for (const Refused& piece : kRefused) file << "#line 1 \"" << piece.name << "\"\n{ " << piece.*statement << " }\n";
  file << "}\n";
  file.close();
  const std::string command =
      POSTMYPOST_COMPILE " -w -fsyntax-only -ferror-limit=0 " + (folder / "pieces.cpp").string() + " 2>&1";
  std::string said;
  FILE* compiler = ::popen(command.c_str(), "r");
  for (char chunk[4096]; const std::size_t n = std::fread(chunk, 1, sizeof chunk, compiler);) said.append(chunk, n);
  ::pclose(compiler);
  return said;
}

class RefusedByTheCompiler : public testing::TestWithParam<Refused> {
 protected:
  static void SetUpTestSuite() { said = said_about(&Refused::forbidden); }

  // From the error in the piece to the next error.
  static std::string complaint_about(std::string_view name) {
    const auto begin = said.find(std::string(name) + ":1:");
    if (begin == std::string::npos) return "";
    const auto error = said.find(" error: ", begin);
    const auto next = said.find(" error: ", error + 1);
    return said.substr(begin, next == std::string::npos ? next : next - begin);
  }
  static inline std::string said;
};

TEST_P(RefusedByTheCompiler, is) {
  EXPECT_THAT(complaint_about(GetParam().name), testing::HasSubstr(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(It, RefusedByTheCompiler, testing::ValuesIn(kRefused),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(TakenByTheCompiler, is_what_differs_from_the_refused_only_in_the_point) {
  EXPECT_EQ(said_about(&Refused::allowed), "");
}

}  // namespace
}  // namespace postmypost
