// What people decide about deliveries: plan, cancel, retry, resolve a doubt. The engine does the rest.
#pragma once

#include <optional>
#include <string>

#include "projects/account_rows.hpp"
#include "publishing/delivery.hpp"
#include "publishing/overview.hpp"
#include "publishing/transitions.hpp"

namespace postmypost::publishing {

class Planning {
 public:
  Planning(vault::Vault& vault, const Clock& clock, Random& random) : vault_(vault), clock_(clock), random_(random) {}

  // Makes the deliveries of a planned publication what it says: new ones for new accounts, moved ones, cancelled ones.
  // Call it in the transaction that saved the publication. A draft has none.
  // Errors: `publication.frozen` (a delivery is already being worked on or done), `publication.in_doubt` (the same text
  // for the same account and minute may already be live; `force` goes on), `person.restricted` (by its author's own wish).
  // `made`, if given, gets the new deliveries with their first events, as they are stored.
  struct Made {
    Delivery delivery;
    Event event;
  };
  Result<> plan(storage::Transaction& tx, const publications::Publication& publication,
                const std::vector<projects::AccountRow>& accounts, bool force, std::vector<Made>* made = nullptr) const;

  // True while no delivery was claimed: editing is allowed.
  static bool editable(const std::vector<Delivery>& deliveries);

  // FAILED, HELD(missed, auth, poison) → SCHEDULED now, same generation. Errors: `delivery.not_retryable`.
  Result<> retry(storage::Transaction& tx, Delivery& delivery) const;
  // Errors: `delivery.not_cancellable` (it is being sent, or was).
  Result<> cancel(storage::Transaction& tx, Delivery& delivery) const;
  // HELD(undecided) → PUBLISHED: "the post is there". Errors: `delivery.not_in_doubt`, `delivery.permalink_form`.
  Result<> confirm_published(storage::Transaction& tx, Delivery& delivery, std::optional<std::string> permalink) const;
  // HELD(undecided) → SCHEDULED with a new generation: "the post isn't there, send it again; it may double".
  Result<> publish_again(storage::Transaction& tx, Delivery& delivery) const;

  // A post that is out already, as another server's export tells it: nothing is ever sent for it.
  struct Post {
    std::int64_t account_id = 0;
    std::string channel;
    Instant due;
    std::optional<Instant> sent_at;
    std::optional<std::string> remote_id, permalink;
  };
  void bring(storage::Transaction& tx, const publications::Publication& publication, const Post& post) const;

  // After a reconnect, what waited only for that goes on; past the late window it stays held as missed.
  void account_reconnected(storage::Transaction& tx, std::int64_t account_id) const;
  // Nothing is sent for a disconnected account (I8): what was still promised is cancelled. `delivery.sending` while
  // one is between INTENT and outcome.
  Result<> account_disconnected(storage::Transaction& tx, std::int64_t account_id) const;

 private:
  std::string digest_of_text(const publications::Detail& detail, std::int64_t account_id) const;
  Made insert(storage::Transaction& tx, const publications::Publication& publication,
              const projects::AccountRow& account, const std::string& text_digest) const;
  void start_over(storage::Transaction& tx, Delivery& delivery, std::string_view code) const;

  vault::Vault& vault_;
  const Clock& clock_;
  Random& random_;
};

// What a person may do with a delivery now: "retry", "cancel", "confirm_published", "publish_again".
std::vector<std::string> actions_for(const Delivery& delivery);

}  // namespace postmypost::publishing
