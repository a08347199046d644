// Files as the API shows them.
#pragma once

#include "api/v1/endpoint.hpp"

namespace postmypost::api::v1 {

FileView file_view(const media::File& file);

}  // namespace postmypost::api::v1
