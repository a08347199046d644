// The egress client over TLS: certificates are verified, and the gate holds there, too.
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <future>

#include "base/random.hpp"
#include "http/disclosures.hpp"
#include "http/egress.hpp"
#include "http/sockets.hpp"

namespace postmypost::http {
namespace {

using test::body_of;
using test::Listener;
using test::Wire;
using Transport = Answer::Transport;

template <class T, auto free>
struct Freed {
  void operator()(T* object) const { free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX, SSL_CTX_free>>;
using Tls = std::unique_ptr<SSL, Freed<SSL, SSL_free>>;

// A certificate that vouches for itself, for one name.
Certificate self_signed(EVP_PKEY* key, const std::string& name) {
  Certificate certificate(X509_new());
  X509* x = certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_set_pubkey(x, key);
  X509_NAME* subject = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(x, subject);
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str());
  X509_add_ext(x, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(x, key, EVP_sha256());
  return certificate;
}

class TlsTest : public testing::Test {
 protected:
  // OpenSSL writes without MSG_NOSIGNAL; the program ignores the signal as well.
  static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

  void start(const std::string& name) {
    key_.reset(EVP_EC_gen("P-256"));
    certificate_ = self_signed(key_.get(), name);
    ca_file_ = std::filesystem::temp_directory_path() / ("pmp-tls-" + SystemRandom().token(6));
    std::FILE* file = std::fopen(ca_file_.c_str(), "w");
    PEM_write_X509(file, certificate_.get());
    std::fclose(file);
    context_.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_certificate(context_.get(), certificate_.get());
    SSL_CTX_use_PrivateKey(context_.get(), key_.get());
    client_ = make_client(ca_file_);
  }
  void TearDown() override { std::filesystem::remove(ca_file_); }

  std::unique_ptr<EgressClient> make_client(const std::string& ca_file) {
    return make_egress_client(
        {.allow = {"localhost:" + std::to_string(server_.port())}, .ca_file = ca_file});
  }
  std::string url() { return "https://localhost:" + std::to_string(server_.port()) + "/post"; }

  // Null when the client does not go on with the handshake.
  Tls accepted(const Wire& wire) {
    Tls tls(SSL_new(context_.get()));
    SSL_set_fd(tls.get(), wire.fd());
    return SSL_accept(tls.get()) == 1 ? std::move(tls) : nullptr;
  }
  static std::string read_body(SSL* tls, std::size_t size) {
    std::string text;
    while (body_of(text).size() < size) {
      char chunk[4096];
      const int got = SSL_read(tls, chunk, sizeof chunk);
      if (got <= 0) break;
      text.append(chunk, static_cast<std::size_t>(got));
    }
    return body_of(text);
  }

  Key key_;
  Certificate certificate_;
  Context context_;
  std::filesystem::path ca_file_;
  Listener server_;
  std::unique_ptr<EgressClient> client_;
};

TEST_F(TlsTest, sends_nothing_to_a_server_that_it_can_not_verify) {
  for (const std::string name : {"localhost", "other.example"}) {
    start(name);
    // Unknown issuer in the first round, wrong name in the second.
    auto client = name == "localhost" ? make_client("/etc/ssl/certs/ca-certificates.crt")
                                      : make_client(ca_file_);
    auto answer = std::async(std::launch::async, [&] {
      return client->perform(vault::Ledger::make("localhost"),
                             {.method = "POST", .url = url(), .body = {std::string("secret")}});
    });
    Wire wire = server_.accept();
    const Tls tls = accepted(wire);
    if (tls) EXPECT_EQ(read_body(tls.get(), 1), "");
    EXPECT_EQ(answer.get().transport, Transport::kNotConnected);
    TearDown();
  }
}

TEST_F(TlsTest, holds_the_last_byte_until_the_gate_says_yes) {
  start("localhost");
  for (const auto decision : {GateDecision::kRelease, GateDecision::kWithhold}) {
    std::promise<std::function<void(GateDecision)>> asking;
    std::promise<Answer> answering;
    client_->start(
        vault::Ledger::make("localhost"),
        {.method = "POST", .url = url(), .body = {std::string("{\"a\":1}")}, .gated = true},
        [&](Answer answer) { answering.set_value(std::move(answer)); },
        [&](std::function<void(GateDecision)> decide) { asking.set_value(std::move(decide)); });
    Wire wire = server_.accept();
    const Tls tls = accepted(wire);
    ASSERT_TRUE(tls);
    EXPECT_EQ(read_body(tls.get(), 6), "{\"a\":1");
    const auto decide = asking.get_future().get();
    EXPECT_EQ(SSL_pending(tls.get()), 0);
    decide(decision);
    char byte = 0;
    if (decision == GateDecision::kRelease) {
      ASSERT_EQ(SSL_read(tls.get(), &byte, 1), 1);
      EXPECT_EQ(byte, '}');
      const std::string_view ok =
          "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
      SSL_write(tls.get(), ok.data(), static_cast<int>(ok.size()));
      EXPECT_EQ(answering.get_future().get().body, "ok");
    } else {
      EXPECT_LE(SSL_read(tls.get(), &byte, 1), 0);
      EXPECT_EQ(answering.get_future().get().transport, Transport::kNotReleased);
    }
  }
}

TEST_F(TlsTest, does_not_release_onto_a_connection_that_ended_while_the_gate_was_asked) {
  start("localhost");
  std::promise<std::function<void(GateDecision)>> asking;
  std::promise<Answer> answering;
  client_->start(
      vault::Ledger::make("localhost"),
      {.method = "POST", .url = url(), .body = {std::string("{\"a\":1}")}, .gated = true},
      [&](Answer answer) { answering.set_value(std::move(answer)); },
      [&](std::function<void(GateDecision)> decide) { asking.set_value(std::move(decide)); });
  Wire wire = server_.accept();
  Tls tls = accepted(wire);
  ASSERT_TRUE(tls);
  EXPECT_EQ(read_body(tls.get(), 6), "{\"a\":1");
  const auto decide = asking.get_future().get();
  SSL_shutdown(tls.get());
  wire.close();
  decide(GateDecision::kRelease);
  const Answer answer = answering.get_future().get();
  EXPECT_EQ(answer.transport, Transport::kNotReleased) << answer.error;
  EXPECT_FALSE(answer.released);
}

}  // namespace
}  // namespace postmypost::http
