#include "http/addresses.hpp"

#include <gtest/gtest.h>

#include "http/egress.hpp"

namespace postmypost::http {
namespace {

TEST(Addresses, keep_everything_inside_out_of_reach) {
  for (const char* text : {
           "0.0.0.0",
           "0.0.0.1",
           "0.255.255.255",
           "10.0.0.0",
           "10.0.0.1",
           "10.255.255.255",
           "100.64.0.0",
           "100.64.0.1",
           "100.100.100.200",
           "100.127.255.255",
           "127.0.0.0",
           "127.0.0.1",
           "127.0.0.53",
           "127.1.2.3",
           "127.255.255.255",
           "169.254.0.0",
           "169.254.0.1",
           "169.254.169.254",
           "169.254.170.2",
           "169.254.255.255",
           "172.16.0.0",
           "172.16.0.1",
           "172.17.0.1",
           "172.20.10.1",
           "172.31.255.255",
           "192.0.0.0",
           "192.0.0.1",
           "192.0.0.8",
           "192.0.0.170",
           "192.0.0.192",
           "192.0.0.255",
           "192.0.2.0",
           "192.0.2.1",
           "192.0.2.255",
           "192.88.99.0",
           "192.88.99.1",
           "192.88.99.255",
           "192.168.0.0",
           "192.168.0.1",
           "192.168.1.1",
           "192.168.255.255",
           "198.18.0.0",
           "198.18.0.1",
           "198.19.255.255",
           "198.51.100.0",
           "198.51.100.7",
           "198.51.100.255",
           "203.0.113.0",
           "203.0.113.5",
           "203.0.113.255",
           "224.0.0.0",
           "224.0.0.1",
           "224.0.0.251",
           "232.1.1.1",
           "239.255.255.250",
           "239.255.255.255",
           "240.0.0.0",
           "240.0.0.1",
           "250.1.2.3",
           "255.255.255.254",
           "255.255.255.255",
           "::",
           "::1",
           "::2",
           "::7f00:1",
           "::ffff:127.0.0.1",
           "::ffff:10.0.0.1",
           "::ffff:8.8.8.8",
           "::ffff:169.254.169.254",
           "::ffff:0:127.0.0.1",
           "::127.0.0.1",
           "64:ff9b::7f00:1",
           "64:ff9b::808:808",
           "64:ff9b:1::1",
           "100::1",
           "2001::1",
           "2001:0:4136:e378:8000:63bf:3fff:fdd2",
           "2001:2::1",
           "2001:3::1",
           "2001:10::1",
           "2001:20::1",
           "2001:1ff:ffff::1",
           "2001:db8::1",
           "2001:db8:ffff::1",
           "2002:7f00:1::1",
           "2002:a00:1::1",
           "2002:808:808::1",
           "3fff::1",
           "3fff:fff::1",
           "4000::1",
           "5f00::1",
           "8000::1",
           "fc00::1",
           "fd00::1",
           "fd00:ec2::254",
           "fdff:ffff::1",
           "fe80::1",
           "fe80::a00:27ff:fe4e:66a1",
           "febf::1",
           "fec0::1",
           "feff::1",
           "ff00::1",
           "ff02::1",
           "ff02::fb",
           "ff05::2",
           "ff0e::1",
           "ffff::1",
       }) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_FALSE(is_public_address(*address)) << text;
  }
}

TEST(Addresses, let_the_public_internet_be_reached) {
  for (const char* text : {
           "1.0.0.1",         "1.1.1.1",
           "8.8.8.8",         "9.255.255.255",
           "11.0.0.0",        "95.161.76.100",
           "100.63.255.255",  "100.128.0.0",
           "126.255.255.255", "128.0.0.1",
           "149.154.167.220", "169.253.255.255",
           "169.255.0.0",     "172.15.255.255",
           "172.32.0.0",      "192.0.1.0",
           "192.0.3.1",       "192.88.98.255",
           "192.88.100.0",    "192.167.255.255",
           "192.169.0.0",     "198.17.255.255",
           "198.20.0.0",      "198.51.99.255",
           "198.51.101.0",    "203.0.112.255",
           "203.0.114.0",     "223.255.255.255",
           "2001:200::1",     "2001:4860:4860::8888",
           "2001:db7::1",     "2001:db9::1",
           "2003::1",         "2606:4700:4700::1111",
           "2a00:1450::1",    "2a02:6b8::2:242",
           "3ffe::1",
       }) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_TRUE(is_public_address(*address)) << text;
  }
}

TEST(Addresses, are_read_in_canonical_form_only) {
  for (const char* text : {"", "1", "127.1", "127.0.1", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.01",
                           "2130706433", "127.0.0.1.", "127.0.0.256", " 127.0.0.1", "::1%lo",
                           "fe80::1%eth0", "[::1]", "::1::", "localhost"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
  using namespace std::string_view_literals;
  EXPECT_FALSE(parse_address("127.0.0.1\0.example"sv));
  EXPECT_FALSE(parse_address("fe80::1\0"sv));
  EXPECT_EQ(parse_url("http://[fe80::1\0]/"sv).error().code, "url.host");
}

TEST(AllowList, holds_for_the_address_and_port_only) {
  const auto list =
      AllowList::parse({"127.0.0.1:2583", "[::1]:80", "192.168.1.5:3000", "localhost:9000"});
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->allows(*parse_address("127.0.0.1"), 2583));
  EXPECT_FALSE(list->allows(*parse_address("127.0.0.1"), 2584));
  EXPECT_FALSE(list->allows(*parse_address("127.0.0.2"), 2583));
  EXPECT_TRUE(list->allows(*parse_address("::1"), 80));
  EXPECT_FALSE(list->allows(*parse_address("127.0.0.1"), 80));
  EXPECT_TRUE(list->allows(*parse_address("127.3.2.1"), 9000));
  EXPECT_TRUE(list->allows(*parse_address("::1"), 9000));
  EXPECT_FALSE(list->allows(*parse_address("192.168.1.5"), 9000));
  for (const char* entry : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000",
                            "127.0.0.1:80x", "*:80", "example.org:80", "127.0.0.0/8:80", ":80"}) {
    EXPECT_FALSE(AllowList::parse({entry})) << entry;
  }
}

TEST(Url, is_taken_apart_and_completed) {
  const auto url = parse_url("HTTPS://Example.ORG?a=b%20c");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "example.org");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->path, "/?a=b%20c");
  EXPECT_EQ(parse_url("http://[::1]:8080/a/../b")->host, "::1");
  EXPECT_EQ(parse_url("http://[::1]:8080/a/../b")->port, 8080);
  EXPECT_EQ(parse_url("https://b\xc3\xbc"
                      "cher.example/")
                ->host,
            "xn--bcher-kva.example");
  EXPECT_EQ(parse_url("https://127.0.0.1/")->host, "127.0.0.1");
}

TEST(Url, is_refused_when_parsers_could_disagree) {
  const std::pair<const char*, const char*> corpus[] = {
      {"", "url.malformed"},
      {"example.org", "url.malformed"},
      {"//example.org/", "url.malformed"},
      {"https:/example.org/", "url.malformed"},
      {"file:///etc/passwd", "url.scheme"},
      {"gopher://example.org/", "url.scheme"},
      {"ftp://example.org/", "url.scheme"},
      {"javascript://example.org/", "url.scheme"},
      {" https://example.org/", "url.scheme"},
      {"https://user@example.org/", "url.userinfo"},
      {"https://user:password@example.org/", "url.userinfo"},
      {"https://example.org@127.0.0.1/", "url.userinfo"},
      {"https:///", "url.host"},
      {"https://:443/", "url.host"},
      {"https://0x7f.1/", "url.host"},
      {"https://0x7f000001/", "url.host"},
      {"https://2130706433/", "url.host"},
      {"https://127.1/", "url.host"},
      {"https://0177.0.0.1/", "url.host"},
      {"https://127.0.0.01/", "url.host"},
      {"https://256.0.0.1/", "url.host"},
      {"https://1.2.3.4.5/", "url.host"},
      {"https://example.org./", "url.host"},
      {"https://exa mple.org/", "url.host"},
      {"https://exam%70le.org/", "url.host"},
      {"https://-a.org/", "url.host"},
      {"https://a..org/", "url.host"},
      {"https://[::1/", "url.host"},
      {"https://[::1%25lo]/", "url.host"},
      {"https://[127.0.0.1]/", "url.host"},
      {"https://\xe2\x91\xa0.0.0.\xe2\x91\xa1", nullptr},
      {"https://example.org:0/", "url.malformed"},
      {"https://example.org:65536/", "url.malformed"},
      {"https://example.org:080/", "url.malformed"},
      {"https://example.org:+80/", "url.malformed"},
      {"https://example.org:/", "url.malformed"},
      {"https://example.org/a b", "url.malformed"},
      {"https://example.org/#fragment", "url.malformed"},
      {"https://example.org\\@127.0.0.1/", "url.malformed"},
      {"https://example.org/\r\nHost: evil", "url.malformed"},
      {"https://example.org/\xd0\xb0", "url.malformed"},
  };
  for (const auto& [text, code] : corpus) {
    const auto url = parse_url(text);
    if (code ==
        nullptr) {  // digits in disguise become the canonical address, which is then judged as one
      EXPECT_TRUE(!url || url->host == "1.0.0.2") << text;
      continue;
    }
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, code) << text;
  }
  EXPECT_FALSE(parse_url("https://" + std::string(64, 'a') + ".org/"));
  std::string long_name = "a";
  for (int i = 0; i < 130; ++i) long_name += ".a";
  EXPECT_FALSE(parse_url("https://" + long_name + "/"));
}

}  // namespace
}  // namespace postmypost::http
