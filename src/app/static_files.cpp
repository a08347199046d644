#include "app/static_files.hpp"

#include <array>
#include <utility>

namespace postmypost::app {
namespace {

namespace fs = std::filesystem;

constexpr auto kTypes = std::to_array<std::pair<std::string_view, std::string_view>>({
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain; charset=utf-8"},
});

std::optional<std::string_view> type_of(const fs::path& file) {
  for (const auto& [extension, type] : kTypes) {
    if (file.extension() == extension) return type;
  }
  return std::nullopt;
}

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

}  // namespace

std::optional<http::Response> StaticFiles::respond(const http::Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  // The parser refused "..", so a path can't leave the folder.
  const fs::path wanted = folder_ / request.path.substr(1);
  std::error_code absent;
  const auto type = type_of(wanted);
  if (type && fs::is_regular_file(wanted, absent)) {
    http::Response response = http::Response::text(200, *type, "");
    response.file = wanted;
    const bool hashed = request.path.starts_with("/assets/");
    response.headers.set("Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
    return response;
  }
  if (type || !fs::is_regular_file(folder_ / "index.html", absent)) return std::nullopt;
  http::Response shell = http::Response::text(200, "text/html; charset=utf-8", "");
  shell.file = folder_ / "index.html";
  shell.headers.set("Cache-Control", "no-cache");
  return shell;
}

void add_security_headers(http::Response& response, bool https) {
  if (!response.headers.get("Content-Security-Policy")) {
    response.headers.set("Content-Security-Policy", std::string(kPolicy));
  }
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Referrer-Policy", "same-origin");
  response.headers.set("Cross-Origin-Opener-Policy", "same-origin");
  if (https) response.headers.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
}

}  // namespace postmypost::app
