// Numbers that integrations keep: of networks and time zones.
#pragma once

#include <cstdint>
#include <string_view>

namespace postmypost::api::v4_1 {

std::int64_t channel_id(std::string_view channel);  // 1000: a network without a number yet
std::int64_t timezone_id(std::string_view zone);    // of an IANA name; below 2^31

}  // namespace postmypost::api::v4_1
