#include "app/command_client.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <cstring>

#include "app/token_command.hpp"
#include "app/instance.hpp"

namespace postmypost::app {
namespace {

// Connects to the server's socket; -1 when none listens.
int connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return -1;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int handle = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (handle >= 0 && ::connect(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return handle;
  if (handle >= 0) ::close(handle);
  return -1;
}

int ask_server(int handle, const std::string& command, const std::string& body) {
  const std::string request = "POST /" + command + " HTTP/1.1\r\nHost: command\r\nConnection: close\r\nContent-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n" + body;
  if (::write(handle, request.data(), request.size()) != static_cast<ssize_t>(request.size())) return 1;
  std::string answer;
  char chunk[4096];
  for (ssize_t n = 0; (n = ::read(handle, chunk, sizeof chunk)) > 0;) answer.append(chunk, static_cast<std::size_t>(n));
  ::close(handle);
  const auto head = answer.find("\r\n\r\n");
  const bool good = answer.find(" 200 ") < answer.find("\r\n");
  const std::string text = head == std::string::npos ? "The server gave no answer.\n" : answer.substr(head + 4);
  std::fputs(text.c_str(), good ? stdout : stderr);
  return good ? 0 : 1;
}

int work_alone(Stores& stores, const std::string& command, const boost::json::object& body) {
  const auto text = [&](std::string_view name) { return std::string(body.at(name).as_string()); };
  const auto end = [](const auto& result, const char* words) {
    if (!result) std::fprintf(stderr, "%s %s\n", result.error().detail.c_str(), result.error().how_to_fix.c_str());
    else std::puts(words);
    return result ? 0 : 1;
  };
  identity::Identity& people = *stores.identity;
  if (command == "create-user") {
    return end(people.create_user({.name = text("name"), .email = text("email"), .password = text("password"),
                                   .locale = text("locale")},
                                  text("role") == "operator" ? identity::Role::kOperator : identity::Role::kUser),
               "Made. The person signs in with this address and password.");
  }
  if (command == "reset-password") {
    return end(people.reset_password(text("email"), text("password")), "Changed. All sessions of this person ended.");
  }
  if (command == "confirm-address") return end(people.confirm_address(text("email")), "Confirmed. The person may publish.");
  const auto token = make_token(people, body);
  return end(token, token ? token->c_str() : "");
}

}  // namespace

bool is_server_running(const Options& options) {
  const int handle = connect_to((options.data / "command.sock").string());
  if (handle >= 0) ::close(handle);
  return handle >= 0;
}

int send_command(const Options& options, const std::string& command, const boost::json::object& body) {
  const int handle = connect_to((options.data / "command.sock").string());
  if (handle >= 0) return ask_server(handle, command, boost::json::serialize(body));
  auto stores = Stores::open(options);
  if (!stores) {
    std::fprintf(stderr, "%s %s\n", stores.error().detail.c_str(), stores.error().how_to_fix.c_str());
    return 1;
  }
  return work_alone(**stores, command, body);
}

}  // namespace postmypost::app
