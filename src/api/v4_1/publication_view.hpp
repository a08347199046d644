// A publication as /v4.1 shows it, with one status for the whole and the truth about each account in `posts`.
#pragma once

#include <span>

#include "api/v4_1/call.hpp"
#include "publishing/delivery.hpp"

namespace postmypost::api::v4_1 {

// The vendor's codes.
enum class PublicationStatus {
  kDeleted = 0,
  kPublished = 1,
  kPublishing = 2,
  kError = 3,
  kDraft = 4,
  kPending = 5,
  kNotDeleted = 6,
  kTemplate = 10,
  kWorkflowStage = 11,
  kApproval = 12,
};

// Of one delivery, and what became of deleting its post over there.
PublicationStatus status_of(const publishing::Delivery& delivery, const leaving::Removal* removal);
// Of all accounts together: in flight before error before what could not be deleted before rest.
PublicationStatus status_of(std::span<const PublicationStatus> posts);
PublicationStatus status_of(publications::Stage stage);

json::object publication_view(const Call& call, storage::Transaction& tx, const publications::Publication& publication,
                              std::string_view zone);
// Where a cleaned picture is read from; its thumbnail.
std::string original_url(const Call& call, const media::File& file);
std::string thumbnail_url(const Call& call, const media::File& file);

}  // namespace postmypost::api::v4_1
