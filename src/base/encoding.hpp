// Bytes as text and text as hashes: base64url, hex, SHA-256, constant-time comparison.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postmypost {

std::string base64url(std::string_view bytes);  // RFC 4648 section 5, no padding
std::optional<std::string> from_base64url(std::string_view text);
std::string hex(std::string_view bytes);  // lower case
std::string sha256(std::string_view bytes);  // 32 raw bytes
std::string hmac_sha256(std::string_view key, std::string_view message);  // 32 raw bytes; any key length
bool equal_in_constant_time(std::string_view a, std::string_view b);
std::string percent_encoded(std::string_view text);  // RFC 3986 unreserved stay, the rest is %XX

}  // namespace postmypost
