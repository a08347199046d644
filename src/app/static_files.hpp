// The built web application: hashed assets for ever, the shell for every address of the app.
#pragma once

#include <filesystem>
#include <optional>

#include "http/message.hpp"

namespace postmypost::app {

class StaticFiles {
 public:
  explicit StaticFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
  // Nothing for paths that are no file and no page of the app.
  std::optional<http::Response> respond(const http::Request& request) const;

 private:
  std::filesystem::path folder_;
};

// Headers that every answer carries (CSP, nosniff, referrer policy; HSTS behind https).
void add_security_headers(http::Response& response, bool https);

}  // namespace postmypost::app
