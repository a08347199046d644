// The routes of rubrics, a part of a project's.
#pragma once

#include "api/v1/endpoint.hpp"

namespace postmypost::api::v1 {

Routes rubric_routes();

}  // namespace postmypost::api::v1
