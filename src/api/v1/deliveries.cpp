// What a person decides about one delivery.
#include "api/v1/account_views.hpp"
#include "api/v1/publication_views.hpp"
#include "base/zones.hpp"

namespace postmypost::api::v1 {

struct Resolution {
  std::string found;
  std::optional<std::string> permalink;
  std::optional<bool> may_double;
};
BOOST_DESCRIBE_STRUCT(Resolution, (), (found, permalink, may_double))

struct TryView {
  std::string step, phase;
  std::int64_t generation = 0, epoch = 0;
  std::optional<std::string> outcome;
  std::string begun_at;
  std::optional<std::string> gate_at, ended_at;
};
BOOST_DESCRIBE_STRUCT(TryView, (), (step, phase, generation, epoch, outcome, begun_at, gate_at, ended_at))

struct ExplanationView {
  DeliveryView delivery;
  std::string idempotency;
  std::optional<std::string> next_at;
  std::vector<TryView> tries;
};
BOOST_DESCRIBE_STRUCT(ExplanationView, (), (delivery, idempotency, next_at, tries))

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

// Of a doubt that only a person can end, who looked in the network.
Result<PublicationView> resolve(Call& call, const Resolution& in) {
  if (in.found != "there" && in.found != "absent") return fail(json::not_in_enum("/found", "there, absent"));
  if (in.found == "absent" && !in.may_double.value_or(false)) {
    return fail({.code = "delivery.may_double",
                 .detail = "Publishing again may leave two posts; that has not been confirmed.",
                 .field = "/may_double",
                 .rule = "true",
                 .how_to_fix = "Look in the network first; send may_double: true if the post is not there."});
  }
  return decide(call, [&](storage::Transaction& tx, publishing::Delivery& d) -> Result<> {
    if (in.found == "there") return call.with.planning.confirm_published(tx, d, in.permalink);
    return call.with.planning.publish_again(tx, d);
  });
}

std::optional<std::string> rfc3339(const std::optional<Instant>& at) {
  return at ? std::optional(to_rfc3339(*at)) : std::nullopt;
}

// All that the engine knows about one delivery: what it did, how sure a repetition would be, when it goes on by itself.
Result<ExplanationView> explain(Call& call) {
  return call.with.database.read([&](storage::Transaction& tx) -> Result<ExplanationView> {
    const auto delivery = publishing::load_delivery(tx, call.id("delivery"));
    if (!delivery || delivery->project_id != call.project()) return not_found("delivery");
    ExplanationView view{.delivery = delivery_view(call, tx, *delivery),
                         .idempotency = {},
                         .next_at = rfc3339(delivery->ready_at),
                         .tries = {}};
    if (const auto account = call.with.account_rows.load(tx, delivery->account_id)) {
      view.idempotency = networks::to_string(capabilities_of(call, *account).idempotency);
    }
    for (const auto& one : publishing::tries_of(tx, delivery->id)) {
      view.tries.push_back({.step = one.step,
                            .phase = one.phase,
                            .generation = one.generation,
                            .epoch = one.epoch,
                            .outcome = one.outcome,
                            .begun_at = to_rfc3339(one.begun_at),
                            .gate_at = rfc3339(one.gate_at),
                            .ended_at = rfc3339(one.ended_at)});
    }
    return view;
  });
}

}  // namespace

Routes delivery_routes() {
  return {
      {"POST", "/api/v1/projects/{project}/deliveries/{delivery}/retry",
       endpoint<retry>(Access::kMember, 200, "Try again")},
      {"POST", "/api/v1/projects/{project}/deliveries/{delivery}/cancel", endpoint<cancel>(Access::kMember, 200, "Cancel")},
      {"POST", "/api/v1/projects/{project}/deliveries/{delivery}/resolve",
       endpoint<resolve>(Access::kMember, 200, "End a doubt: the post is there, or it is absent and goes out again")},
      {"GET", "/api/v1/projects/{project}/deliveries/{delivery}/explain",
       endpoint<explain>(Access::kMember, 200, "What was tried, what is known, what comes next")},
  };
}

}  // namespace postmypost::api::v1
