#include "mail/relay.hpp"

#include <curl/curl.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "http/egress.hpp"
#include "mail/mime.hpp"

namespace postmypost::mail {
namespace {

struct Scheme {
  std::string_view name;
  Security security;
  unsigned short port;
};
constexpr Scheme kSchemes[] = {
    {"smtp", Security::kStartTls, 587}, {"smtps", Security::kTls, 465}, {"smtp-plain", Security::kPlain, 25}};

const Scheme* scheme_of(std::string_view name) {
  const auto* const found = std::ranges::find(kSchemes, name, &Scheme::name);
  return found == std::end(kSchemes) ? nullptr : found;
}

Error wrong(std::string code, std::string detail, std::string fix) {
  return {.code = std::move(code), .detail = std::move(detail), .how_to_fix = std::move(fix)};
}

Error malformed() {
  return wrong("mail.relay_form", "--mail-relay must be smtp://HOST[:PORT], smtps://HOST[:PORT] or smtp-plain://127.0.0.1:PORT.",
               "Name host and port only; user and password go to --mail-user and --mail-password-file.");
}

bool is_this_machine(std::string_view host) { return host == "127.0.0.1" || host == "::1"; }

Result<> read_url(const std::string& url, Relay& relay) {
  const auto end = url.find("://");
  const Scheme* const scheme = end == std::string::npos ? nullptr : scheme_of(std::string_view(url).substr(0, end));
  if (!scheme) return fail(malformed());
  std::string rest = url.substr(end + 3);
  if (rest.ends_with('/')) rest.pop_back();
  // Host and port follow the rules of every other address that is called.
  const auto parts = http::parse_url("https://" + rest);
  if (!parts || parts->path != "/" || rest.find_first_of("/?#@") != std::string::npos) return fail(malformed());
  relay.security = scheme->security;
  relay.host = parts->host;
  relay.port = parts->port == 443 && !rest.ends_with(":443") ? scheme->port : parts->port;
  if (relay.security == Security::kPlain && !is_this_machine(relay.host)) {
    return fail(wrong("mail.relay_plain", "Letters go without encryption only to a mail server on this machine.",
                      "Write smtp:// for STARTTLS or smtps:// for TLS, or 127.0.0.1 as the host."));
  }
  return {};
}

bool is_readable(const std::string& file) { return std::ifstream(file).good(); }

// One line, without its end.
Result<std::string> read_password(const std::string& file) {
  struct stat about {};
  std::ifstream stream(file);
  std::string password;
  const bool is_there = ::stat(file.c_str(), &about) == 0 && S_ISREG(about.st_mode) && std::getline(stream, password);
  if (password.ends_with('\r')) password.pop_back();
  if (!is_there || password.empty()) {
    return fail(wrong("mail.password_file", "The file of --mail-password-file can't be read, or its first line is empty.",
                      "Write the password into it as its only line."));
  }
  if ((about.st_mode & S_IROTH) != 0) {
    return fail(wrong("mail.password_file", "Everybody on this machine may read the file of --mail-password-file.",
                      "Take that right away: chmod 0400."));
  }
  return password;
}

Result<> read_credentials(const RelayWords& words, Relay& relay) {
  if (words.user.empty() != words.password_file.empty()) {
    return fail(wrong("mail.credentials_half", "--mail-user and --mail-password-file belong together.", "Give both, or none."));
  }
  if (words.user.empty()) return {};
  relay.user = words.user;
  TRY_ASSIGN(relay.password, read_password(words.password_file));
  return {};
}

struct FreeHandle {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// One letter on its way: what libcurl calls back.
class Transfer {
 public:
  Transfer(std::string_view message, const std::atomic<bool>& stop) : left_(message), stop_(stop) {}

  void attach(CURL* e) {
    curl_easy_setopt(e, CURLOPT_READDATA, this);
    curl_easy_setopt(
        e, CURLOPT_READFUNCTION, +[](char* to, std::size_t s, std::size_t n, void* t) -> std::size_t {
          return static_cast<Transfer*>(t)->give(to, s * n);
        });
    curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(e, CURLOPT_XFERINFODATA, this);
    curl_easy_setopt(
        e, CURLOPT_XFERINFOFUNCTION,
        +[](void* t, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> int { return static_cast<Transfer*>(t)->stop_ ? 1 : 0; });
    // Which commands went out is told to the debug callback only; nothing of it is kept or printed.
    curl_easy_setopt(e, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(e, CURLOPT_DEBUGDATA, this);
    curl_easy_setopt(
        e, CURLOPT_DEBUGFUNCTION, +[](CURL*, curl_infotype type, char* text, std::size_t size, void* t) -> int {
          if (type == CURLINFO_HEADER_OUT) static_cast<Transfer*>(t)->see({text, size});
          return 0;
        });
  }

  bool has_begun() const { return has_begun_; }        // MAIL went out: answers are about this letter from here on
  bool address_told() const { return address_told_; }  // RCPT went out
  bool text_told() const { return text_told_; }        // libcurl took some of the text to send it

 private:
  std::size_t give(char* to, std::size_t most) {
    text_told_ = true;
    const std::size_t size = std::min(most, left_.size());
    std::copy_n(left_.data(), size, to);
    left_.remove_prefix(size);
    return size;
  }
  void see(std::string_view command) {
    has_begun_ = has_begun_ || command.starts_with("MAIL FROM");
    address_told_ = address_told_ || command.starts_with("RCPT TO");
  }

  std::string_view left_;
  const std::atomic<bool>& stop_;
  bool has_begun_ = false, address_told_ = false, text_told_ = false;
};

void set_up(CURL* e, const Relay& relay, const std::string& own_name, curl_slist* recipients) {
  const std::string host = relay.host.find(':') == std::string::npos ? relay.host : "[" + relay.host + "]";
  const std::string url = std::string(relay.security == Security::kTls ? "smtps://" : "smtp://") + host + ":" +
                          std::to_string(relay.port) + "/" + own_name;
  curl_easy_setopt(e, CURLOPT_URL, url.c_str());
  curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(e, CURLOPT_PROXY, "");
  curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
  if (relay.security == Security::kStartTls) curl_easy_setopt(e, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  curl_easy_setopt(e, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(e, CURLOPT_CAINFO, relay.ca_file.c_str());
  curl_easy_setopt(e, CURLOPT_CAPATH, nullptr);  // or libcurl parses Debian's whole bundle for every connection
  if (!relay.user.empty()) {
    curl_easy_setopt(e, CURLOPT_USERNAME, relay.user.c_str());
    curl_easy_setopt(e, CURLOPT_PASSWORD, relay.password.c_str());
  }
  curl_easy_setopt(e, CURLOPT_MAIL_FROM, ("<" + relay.sender + ">").c_str());
  curl_easy_setopt(e, CURLOPT_MAIL_RCPT, recipients);
  curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
  const long timeout = static_cast<long>(relay.timeout.us / 1000);
  curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, timeout / 3);
  curl_easy_setopt(e, CURLOPT_SERVER_RESPONSE_TIMEOUT, std::max(1L, timeout / 1000));
  curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, timeout);
}

// RFC 4954: 530 to 538 speak of signing in to the relay, which is the operator's to mend, not of the letter.
bool is_about_login(long code) { return code >= 530 && code <= 538; }

std::string why(CURLcode result, long code) {
  if (result == CURLE_LOGIN_DENIED || is_about_login(code)) return "login";
  if (code >= 400) return "answer_" + std::to_string(code);
  switch (result) {
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return "tls";
    default: return "unreachable";
  }
}

Handed judge(CURLcode result, long code, const Transfer& transfer) {
  Handed handed{.address_told = transfer.address_told()};
  if (result == CURLE_OK) {
    handed.how = Handed::How::kAccepted;
    return handed;
  }
  if (transfer.text_told() && code < 400) {
    handed.how = Handed::How::kUnknown;
    handed.problem = "lost";
    return handed;
  }
  const bool never = transfer.has_begun() && code >= 500 && !is_about_login(code);
  handed.how = never ? Handed::How::kRefused : Handed::How::kLater;
  handed.problem = why(result, code);
  return handed;
}

}  // namespace

std::string Relay::address() const {
  const auto* const scheme = std::ranges::find(kSchemes, security, &Scheme::security);
  return std::string(scheme->name) + "://" + (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

Result<std::optional<Relay>> relay_of(const RelayWords& words, const std::string& ca_file) {
  if (words.url.empty()) {
    if (words.sender.empty() && words.user.empty() && words.password_file.empty() && words.ca_file.empty()) return std::optional<Relay>();
    return fail(wrong("mail.relay_missing", "There are options of a mail relay, but no relay.",
                      "Name it with --mail-relay, or leave out the other --mail-… options."));
  }
  Relay relay{.ca_file = words.ca_file.empty() ? ca_file : words.ca_file};
  TRY(read_url(words.url, relay));
  if (words.sender.empty()) {
    return fail(wrong("mail.sender_missing", "A mail relay needs an address that letters come from.",
                      "Name it with --mail-sender, like post@example.org."));
  }
  if (!is_plain_address(words.sender)) {
    return fail(wrong("mail.sender_form", "--mail-sender must be one address, like post@example.org.", "Leave out names and brackets."));
  }
  relay.sender = words.sender;
  TRY(read_credentials(words, relay));
  if (relay.security != Security::kPlain && !is_readable(relay.ca_file)) {
    return fail(wrong("mail.ca_file", "The file of certificates for the mail relay can't be read: " + relay.ca_file + ".",
                      "Name another one with --mail-ca-file."));
  }
  return std::optional(std::move(relay));
}

Handed hand_over(const Relay& relay, const RecordedDisclosure& disclosure, const std::string& own_name, const std::string& to,
                 const std::string& message, const std::atomic<bool>& stop) {
  if (disclosure.recipient_host() != relay.host) throw std::logic_error("the disclosure names another host than the relay");
  const std::unique_ptr<CURL, FreeHandle> easy(curl_easy_init());
  const std::unique_ptr<curl_slist, FreeList> recipients(curl_slist_append(nullptr, ("<" + to + ">").c_str()));
  if (!easy || !recipients) throw std::bad_alloc();
  Transfer transfer(message, stop);
  set_up(easy.get(), relay, own_name, recipients.get());
  transfer.attach(easy.get());
  const CURLcode result = curl_easy_perform(easy.get());
  long code = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &code);
  return judge(result, code, transfer);
}

}  // namespace postmypost::mail
