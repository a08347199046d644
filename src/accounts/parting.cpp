// Parting from a network: deleting there what was published, and asking it to forget us.
#include "accounts/connections.hpp"
#include "accounts/transfers.hpp"
#include "base/log.hpp"

namespace postmypost::accounts {
namespace {

constexpr int kMostSteps = 32;

void learn(networks::Progress& progress, const networks::Done& done) {
  for (const auto& member : done.learnt) progress[member.key()] = member.value();
}

Withdrawal later(std::string code, std::string detail) {
  return {.why = Error{.kind = ErrorKind::kUpstream,
                       .code = std::move(code),
                       .detail = std::move(detail),
                       .how_to_fix = "Nothing to do: it is tried again."}};
}

// What an answer that is no success says about the post over there.
Withdrawal judged(const networks::Verdict& verdict) {
  if (const auto* refused = std::get_if<networks::NotApplied>(&verdict)) {
    return {.end = refused->permanent ? Withdrawal::End::kRefused : Withdrawal::End::kLater,
            .why = refused->error,
            .not_before = refused->retry_at};
  }
  if (const auto* lost = std::get_if<networks::AccountLost>(&verdict)) {
    return {.end = Withdrawal::End::kRefused, .why = lost->error};
  }
  return later("network.no_answer", "The network did not give a usable answer.");
}

}  // namespace

networks::Account Connections::account_of(const projects::AccountRow& row) const {
  return {.facts = {.remote_id = row.remote_id, .title = row.title, .handle = row.handle, .url = row.url, .host = row.host,
                    .recipient = row.recipient, .software = row.software, .more = row.more},
          .secrets = database_.read([&](storage::Transaction& tx) { return rows_.secrets(tx, row.id); })};
}

vault::Disclosure Connections::disclosure_of(const networks::Network& network, std::int64_t user_id,
                                             const projects::AccountRow& row, std::string evidence) {
  return {.recipient_host = row.host,
          .recipient = row.recipient,
          .country = std::string(network.channel().country),
          .purpose = vault::Purpose::kPublish,
          .clause = "3.2.2",
          .user_id = user_id,
          .project_id = row.project_id,
          .account_id = row.id,
          .evidence = std::move(evidence)};
}

// False when the network gives no new session.
bool Connections::renew(const networks::Network& network, const projects::AccountRow& row, networks::Account& account,
                        std::vector<Transfer>& transfers, const vault::Disclosure& disclosure) const {
  networks::Progress progress;
  for (int steps = 0; steps < kMostSteps; ++steps) {
    networks::Next next = network.refresh(account, progress);
    if (auto* renewed = std::get_if<networks::Refreshed>(&next)) {
      account.secrets = std::move(renewed->secrets);
      return database_.write([&](storage::Transaction& tx) {
        const auto stored = rows_.load(tx, row.id);
        return stored && rows_.replace_secrets(tx, row.id, stored->secrets_version, account.secrets);
      });
    }
    auto* step = std::get_if<networks::Step>(&next);
    if (!step) return false;
    step->discloses = {"credential"};
    const networks::Verdict verdict =
        network.read(*step, send(transfer_for(transfers, *step, disclosure), *step), 1, clock_.now());
    const auto* done = std::get_if<networks::Done>(&verdict);
    if (!done) return false;
    learn(progress, *done);
  }
  return false;
}

Withdrawal Connections::withdraw(std::int64_t user_id, const projects::AccountRow& row, const PublishedPost& post) const {
  const networks::Network* network = catalogue_.find(row.channel);
  if (!network || row.host.empty()) return {.end = Withdrawal::End::kRefused, .why = not_found("account").error()};
  networks::Account account = account_of(row);
  vault::Disclosure disclosure = disclosure_of(*network, user_id, row, "withdraw:" + post.uid);
  disclosure.publication_id = post.publication_id;
  std::vector<Transfer> transfers;
  const auto go = [&]() -> Withdrawal {
    networks::Progress progress;
    bool renewed = false;
    for (int steps = 0; steps < kMostSteps; ++steps) {
      networks::Next next = network->withdraw(account, post.remote_id, post.published, progress);
      if (std::holds_alternative<networks::Absent>(next)) return {.end = Withdrawal::End::kGone};
      if (const auto* refused = std::get_if<networks::Refused>(&next)) {
        return {.end = Withdrawal::End::kRefused, .why = refused->error};
      }
      auto& step = std::get<networks::Step>(next);
      step.discloses = {"credential"};
      const networks::Verdict verdict =
          network->read(step, send(transfer_for(transfers, step, disclosure), step), 1, clock_.now());
      if (const auto* done = std::get_if<networks::Done>(&verdict)) {
        learn(progress, *done);
      } else if (std::holds_alternative<networks::SessionExpired>(verdict) && !renewed) {
        renewed = true;
        if (!renew(*network, row, account, transfers, disclosure)) return later("network.session", "The network gave no new session.");
      } else {
        return judged(verdict);
      }
    }
    return later("network.no_end", "The network wants more steps than there are.");
  };
  const Withdrawal end = go();
  record_outcomes(transfers);
  return end;
}

void Connections::say_goodbye(std::int64_t user_id, const projects::AccountRow& row) const {
  const networks::Network* network = catalogue_.find(row.channel);
  if (!network || row.host.empty()) return;
  const networks::Account account = account_of(row);
  const vault::Disclosure disclosure = disclosure_of(*network, user_id, row, "disconnect:" + std::to_string(row.id));
  networks::Progress progress;
  std::vector<Transfer> transfers;
  for (int steps = 0; steps < kMostSteps; ++steps) {
    networks::Next next = network->disconnect(account, progress);
    auto* step = std::get_if<networks::Step>(&next);
    if (!step) break;
    step->discloses = {"credential"};  // whatever it is: the access that ends
    const http::Answer answer = send(transfer_for(transfers, *step, disclosure), *step);
    const networks::Verdict verdict = network->read(*step, answer, 1, clock_.now());
    const auto* done = std::get_if<networks::Done>(&verdict);
    if (!done) {
      log::info("account.goodbye_unanswered", {{"account", row.id}, {"channel", row.channel}});
      break;
    }
    learn(progress, *done);
  }
  record_outcomes(transfers);
}

}  // namespace postmypost::accounts
