// What a person decides about one delivery.
#include "api/v1/publication_views.hpp"

namespace postmypost::api::v1 {

struct Confirmation {
  std::optional<std::string> permalink;
};
BOOST_DESCRIBE_STRUCT(Confirmation, (), (permalink))
struct PublishAgain {
  bool may_double = false;
};
BOOST_DESCRIBE_STRUCT(PublishAgain, (), (may_double))

namespace {

// Runs a decision on the delivery of the path and shows the whole publication after it.
template <class Decide>
Result<PublicationView> decide(Call& call, Decide decision) {
  auto publication = call.with.database.write([&](storage::Transaction& tx) -> Result<std::int64_t> {
    auto delivery = publishing::load_delivery(tx, call.id("delivery"));
    if (!delivery || delivery->project_id != call.project()) return not_found("delivery");
    TRY(decision(tx, *delivery));
    return delivery->publication_id;
  });
  if (!publication) return fail(publication.error());
  call.with.wake_engine();
  return publication_view(call, *publication);
}

Result<PublicationView> retry(Call& call) {
  return decide(call, [&](storage::Transaction& tx, publishing::Delivery& d) { return call.with.planning.retry(tx, d); });
}

Result<PublicationView> cancel(Call& call) {
  return decide(call, [&](storage::Transaction& tx, publishing::Delivery& d) { return call.with.planning.cancel(tx, d); });
}

Result<PublicationView> confirm_published(Call& call, const Confirmation& in) {
  return decide(call, [&](storage::Transaction& tx, publishing::Delivery& d) {
    return call.with.planning.confirm_published(tx, d, in.permalink);
  });
}

Result<PublicationView> publish_again(Call& call, const PublishAgain& in) {
  if (!in.may_double) {
    return fail({.code = "delivery.may_double",
                 .detail = "Publishing again may leave two posts; that has not been confirmed.",
                 .field = "/may_double",
                 .rule = "true",
                 .how_to_fix = "Look in the network first; send may_double: true if the post is not there."});
  }
  return decide(call,
                [&](storage::Transaction& tx, publishing::Delivery& d) { return call.with.planning.publish_again(tx, d); });
}

}  // namespace

Routes delivery_routes() {
  return {
      {"POST", "/api/v1/projects/{project}/deliveries/{delivery}/retry",
       endpoint<retry>(Access::kMember, 200, "Try again")},
      {"POST", "/api/v1/projects/{project}/deliveries/{delivery}/cancel", endpoint<cancel>(Access::kMember, 200, "Cancel")},
      {"POST", "/api/v1/projects/{project}/deliveries/{delivery}/confirm-published",
       endpoint<confirm_published>(Access::kMember, 200, "The post is there")},
      {"POST", "/api/v1/projects/{project}/deliveries/{delivery}/publish-again",
       endpoint<publish_again>(Access::kMember, 200, "The post isn't there: send it again")},
  };
}

}  // namespace postmypost::api::v1
