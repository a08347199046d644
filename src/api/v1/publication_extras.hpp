// What may be said of a publication beyond texts, pictures and time: its stage, rubric and end, and of each version its kind,
// link, title, first comment and the options of single networks.
#pragma once

#include "api/v1/endpoint.hpp"

namespace postmypost::api::v1 {

// Brings into `p` what `in` names; the rest stays. Call it after what was stored was brought in.
// Errors: `json.enum`, `publication.stage` (of what is no draft), `rubric.not_found`, `time.form`.
Result<> read_extras(const Call& call, storage::Transaction& tx, const PublicationInput& in, publications::Publication& p);
// Once the moment of `p` is known. Errors: `time.delete_before_post`.
Result<> check_end(const publications::Publication& p);

DetailShape detail_shape(const publications::Detail& detail);

}  // namespace postmypost::api::v1
