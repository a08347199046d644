#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "http/cookies.hpp"
#include "http/message.hpp"
#include "http/multipart.hpp"
#include "http/oauth.hpp"
#include "http/target.hpp"

namespace postmypost::http {
namespace {

using testing::HasSubstr;

constexpr std::string_view kType = "multipart/form-data; boundary=b1";

TEST(Multipart, reads_fields_and_files_as_browsers_send_them) {
  const std::string body =
      "--b1\r\nContent-Disposition: form-data; name=\"alt\"\r\n\r\nA cat\r\n"
      "--b1\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"my "
      "\xd0\xba%22ot;.png\"\r\n"
      "Content-Type: image/png\r\n\r\n\x89PNG\r\n\r\n--b\r\n--b1--\r\n";
  const auto parts = parse_multipart(kType, body);
  ASSERT_TRUE(parts) << parts.error().detail;
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].name, "alt");
  EXPECT_EQ((*parts)[0].body, "A cat");
  EXPECT_EQ((*parts)[1].filename, "my \xd0\xba\"ot;.png");
  EXPECT_EQ((*parts)[1].content_type, "image/png");
  EXPECT_EQ((*parts)[1].body, "\x89PNG\r\n\r\n--b");
}

TEST(Multipart, reads_empty_parts_and_quoted_boundaries) {
  const auto parts =
      parse_multipart("Multipart/Form-Data; charset=utf-8; boundary=\"b 1\"",
                      "--b 1\r\ncontent-disposition: form-data; name=a\r\n\r\n\r\n--b 1--");
  ASSERT_TRUE(parts) << parts.error().detail;
  EXPECT_EQ(parts->front().name, "a");
  EXPECT_EQ(parts->front().body, "");
}

TEST(Multipart, refuses_everything_that_is_not_a_whole_form) {
  for (const auto* type : {"", "text/plain", "multipart/form-data",
                           "multipart/form-data; boundary=", "multipart/mixed; boundary=b1"}) {
    EXPECT_EQ(parse_multipart(type, "--b1--").error().code, "multipart.type") << type;
  }
  const std::string field = "Content-Disposition: form-data; name=\"a\"\r\n\r\n1";
  for (const std::string& body :
       {std::string(), std::string("--b1"), std::string("--b1\n"), "--b1\r\n" + field,
        "--b1\r\n" + field + "\r\n--b1", "--b1\r\n" + field + "\r\n--b1--\r\nmore",
        "x--b1\r\n" + field + "\r\n--b1--", std::string("--b1\r\n\r\n\r\n1\r\n--b1--"),
        std::string("--b1\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b1--"),
        std::string("--b1\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--b1--"),
        std::string("--b1\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--b1--"),
        "--b1\r\nno colon\r\n" + field + "\r\n--b1--",
        "--b1\r\nX: " + std::string(5000, 'x') + "\r\n" + field + "\r\n--b1--"}) {
    EXPECT_FALSE(parse_multipart(kType, body)) << body;
  }
  std::string many;
  for (int i = 0; i < 65; ++i) many += "--b1\r\n" + field + "\r\n";
  EXPECT_EQ(parse_multipart(kType, many + "--b1--").error().code, "multipart.too_many_parts");
}

TEST(Multipart, survives_every_cut_of_a_form) {
  const std::string body =
      "--b1\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\n1\r\n--b1--";
  for (std::size_t size = 0; size < body.size(); ++size)
    EXPECT_FALSE(parse_multipart(kType, body.substr(0, size)));
}

TEST(Target, decodes_once) {
  const auto target = parse_target("/a%2520b/%D0%B0?q=a+b%2B&empty&=x&q=2");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a%20b/\xd0\xb0");
  ASSERT_EQ(target->query.size(), 4u);
  EXPECT_EQ(target->query[0], (std::pair<std::string, std::string>("q", "a b+")));
  EXPECT_EQ(target->query[1].first, "empty");
  EXPECT_TRUE(parse_target("/a..b/...")) << "dots that are no dot segment";
}

TEST(Cookies, are_found_by_name_and_written_safely) {
  Request request;
  request.headers.add("Cookie", "a=1; session=abc; session=second;b=2");
  EXPECT_EQ(request.cookie("session"), "abc");
  EXPECT_EQ(request.cookie("b"), "2");
  EXPECT_FALSE(request.cookie("sess"));
  EXPECT_EQ(set_cookie(Cookie::kSession, "t0k", true, days(1)),
            "__Host-session=t0k; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure");
  EXPECT_EQ(set_cookie(Cookie::kSession, "", false, {}),
            "session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
  EXPECT_THROW(set_cookie(Cookie::kSession, "a;b", false, {}), std::logic_error);
}

TEST(OAuth, makes_the_challenge_of_rfc_7636_and_escapes_the_address) {
  EXPECT_EQ(base64url(sha256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  SeededRandom random(1);
  const Pkce pkce = make_pkce(random);
  EXPECT_EQ(pkce.verifier.size(), 43u);
  EXPECT_EQ(pkce.challenge, base64url(sha256(pkce.verifier)));
  EXPECT_NE(make_state(random), make_state(random));
  const std::string url = authorization_url({.endpoint = "https://a.example/oauth/authorize",
                                             .client_id = "id&x",
                                             .redirect_uri = "http://127.0.0.1:8080/back",
                                             .scope = "read write",
                                             .state = "s",
                                             .challenge = "c"});
  EXPECT_EQ(url,
            "https://a.example/oauth/authorize?response_type=code&client_id=id%26x&redirect_uri="
            "http%3A%2F%2F127.0.0.1%3A8080%2Fback&scope=read%20write&state=s&code_challenge=c&"
            "code_challenge_method=S256");
  EXPECT_EQ(with_query("https://a.example/?x=1", {{"a", "b"}}), "https://a.example/?x=1&a=b");
}

}  // namespace
}  // namespace postmypost::http
