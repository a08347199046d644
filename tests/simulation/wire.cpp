#include "wire.hpp"

#include "base/zones.hpp"

namespace postmypost::simulation {

using http::Answer;
using Transport = http::Answer::Transport;

std::string_view to_string(Fault fault) {
  constexpr std::array<std::string_view, kFaults> kNames{
      "none",        "not connected", "reset mid body", "lost before the server", "lost after it acted", "acts late", "hang",
      "500 before",  "500 after",     "slow down",      "garbage",                "foreign id",          "refused"};
  return kNames.at(static_cast<std::size_t>(fault));
}

struct Wire::Transfer {
  http::OutgoingRequest request;
  std::string body;
  Done done;
  AskGate ask;
  Server* server = nullptr;
  Fault fault = Fault::kNone;
  std::int64_t disclosure = 0;
  bool released = false;
  std::int64_t account = 0;
  std::string uid;  // of the delivery
};

namespace {

std::string whole_body(const http::OutgoingRequest& request) {
  std::string all;
  for (const auto& piece : request.body) {
    if (const auto* bytes = std::get_if<std::string>(&piece)) all += *bytes;
  }
  return all;
}

Answer broken_off(Transport transport, bool released) {
  return {.transport = transport, .released = released, .error = "simulated"};
}

// A liar: the answer carries the id of an older post of the same account.
void name_another(const std::vector<Post>& posts, std::string& body) {
  if (posts.empty()) return;
  const Post& own = posts.back();
  for (const Post& other : posts) {
    if (other.account != own.account || other.id == own.id) continue;
    if (const auto at = body.find(own.id); at != std::string::npos) body.replace(at, own.id.size(), other.id);
    return;
  }
}

}  // namespace

Fault Wire::pick_fault(const Server* server) {
  if (!server || !world_.dice.chance(weather_.fault)) return Fault::kNone;
  auto fault = static_cast<Fault>(world_.dice.between(std::int64_t{1}, std::int64_t{kFaults - 1}));
  if (fault == Fault::kForeignId && !weather_.foreign_ids) fault = Fault::kLostAfter;
  ++watch_.faults[fmt::format("{}: {}", to_string(server->shape), to_string(fault))];
  return fault;
}

void Wire::start(const RecordedDisclosure& disclosure, http::OutgoingRequest request, Done done, AskGate ask_gate) {
  auto transfer = std::make_shared<Transfer>();
  transfer->body = whole_body(request);
  transfer->request = std::move(request);
  transfer->done = std::move(done);
  transfer->ask = std::move(ask_gate);
  transfer->disclosure = disclosure.id();
  for (const auto& server : servers_) {
    if (server->host == disclosure.recipient_host()) transfer->server = server.get();
  }
  transfer->fault = pick_fault(transfer->server);
  std::erase_if(transfers_, [](const auto& known) { return known.expired(); });
  transfers_.push_back(transfer);
  watch_start(*transfer);
  world_.say("{} {}{} [{}]", transfer->request.method, transfer->request.url, transfer->request.gated ? " (gated)" : "",
             to_string(transfer->fault));
  if (!transfer->server) return end(transfer, milliseconds(1), broken_off(Transport::kRefusedByUs, false));
  const bool is_away = world_.time() < transfer->server->away_until;
  if (is_away) ++transfer->server->knocks;
  if (is_away || transfer->fault == Fault::kNotConnected) {
    return end(transfer, milliseconds(20), broken_off(Transport::kNotConnected, false));
  }
  const Duration way = world_.dice.between(milliseconds(1), milliseconds(80));
  world_.after(way, owner_, [this, transfer] { transfer->request.gated ? send_gated(transfer) : send_whole(transfer); });
}

void Wire::drop() {
  watch_.not_before.clear();  // a process may die before it could write the reset down
  for (const auto& known : transfers_) {
    if (const auto transfer = known.lock()) transfer->done = {}, transfer->ask = {};
  }
}

void Wire::send_whole(const std::shared_ptr<Transfer>& transfer) {
  if (transfer->fault == Fault::kResetMidBody) return end(transfer, {}, broken_off(Transport::kLost, false));
  transfer->released = true;
  arrive(transfer);
}

// Everything but the last byte is at the server; the rest needs a yes that is younger than 2 s of boot time.
void Wire::send_gated(const std::shared_ptr<Transfer>& transfer) {
  if (transfer->fault == Fault::kResetMidBody) return end(transfer, {}, broken_off(Transport::kNotReleased, false));
  transfer->ask([this, transfer](http::GateDecision decision) {
    world_.after(world_.dice.between(microseconds(1), microseconds(200)), owner_,
                 [this, transfer, decision, at = world_.time()] { decided(transfer, decision, at); });
  });
}

void Wire::decided(const std::shared_ptr<Transfer>& transfer, http::GateDecision decision, Instant at) {
  if (decision == http::GateDecision::kWithhold || at + seconds(2) < world_.time()) {
    world_.say("withheld");
    return end(transfer, milliseconds(1), broken_off(Transport::kNotReleased, false));
  }
  watch_release(*transfer);
  transfer->released = true;
  // From here on it is the network's: the process may die, the byte is on its way.
  world_.after(world_.dice.between(microseconds(50), milliseconds(40)), kNetwork,
               [self = shared_from_this(), transfer] { self->arrive(transfer); });
}

Answer Wire::acted(Transfer& transfer) {
  const bool is_front_page = transfer.request.url == "https://" + transfer.server->host + "/";
  Answer answer = is_front_page ? Answer{.transport = Transport::kAnswered, .status = 200, .body_complete = true}
                                : transfer.server->handle(transfer.request, transfer.body);
  answer.headers.emplace_back("Date", to_http_date(world_.time()));
  answer.released = transfer.released;
  return answer;
}

void Wire::act_late(const std::shared_ptr<Transfer>& transfer) {
  // Mostly within the time that the connector says, sometimes long after anybody stopped waiting.
  const Duration late = world_.dice.chance(0.7) ? world_.dice.between(seconds(1), seconds(25)) : world_.dice.between(minutes(1), minutes(8));
  world_.after(late, kNetwork,
               [self = shared_from_this(), transfer] { self->acted(*transfer); });
}

void Wire::arrive(const std::shared_ptr<Transfer>& transfer) {
  const Duration back = world_.dice.between(milliseconds(1), milliseconds(200));
  const Answer lost = broken_off(Transport::kLost, true);
  Answer answer{.transport = Transport::kAnswered, .status = 200, .body_complete = true, .released = true};
  switch (transfer->fault) {
    case Fault::kLostBefore: return end(transfer, back, lost);
    case Fault::kLostAfter: acted(*transfer); return end(transfer, back, lost);
    case Fault::kLateAction: act_late(transfer); return end(transfer, back, lost);
    case Fault::kHang:
      if (world_.dice.chance(0.5)) acted(*transfer);
      return end(transfer, transfer->request.timeout, lost);
    case Fault::kErrorAfter: acted(*transfer); [[fallthrough]];
    case Fault::kErrorBefore:
      answer.status = 502;
      answer.body = "<html>bad gateway</html>";
      return end(transfer, back, answer);
    case Fault::kSlowDown:
      answer.status = 429;
      answer.body = "{\"ok\":false,\"error_code\":429,\"error\":\"RateLimitExceeded\"}";
      if (world_.dice.chance(0.5)) {
        const std::int64_t wait = world_.dice.between(std::int64_t{1}, std::int64_t{90});
        answer.headers.emplace_back("Retry-After", std::to_string(wait));
      }
      return end(transfer, back, answer);
    case Fault::kRefused:
      answer.status = transfer->server->channel() == "mastodon" ? 422 : 400;
      answer.body = "{\"ok\":false,\"error_code\":400,\"error\":\"InvalidRecord\",\"description\":\"no\"}";
      return end(transfer, back, answer);
    case Fault::kGarbage:
      acted(*transfer);
      answer.body = "{\"unexpected\":";
      return end(transfer, back, answer);
    case Fault::kForeignId: {
      answer = acted(*transfer);
      name_another(transfer->server->posts, answer.body);
      return end(transfer, back, answer);
    }
    default: return end(transfer, back, acted(*transfer));
  }
}

void Wire::end(const std::shared_ptr<Transfer>& transfer, Duration after, Answer answer) {
  world_.after(after, owner_, [this, transfer, answer = std::move(answer)] {
    if (transfer->request.gated) sending_.erase(transfer->account);
    // Who slept past the lease hears of a reset when others are at work on the account.
    if (const std::string wait = answer.header("Retry-After"); !wait.empty() && role_ == Role::kAlone) {
      watch_.not_before[transfer->account] = world_.time() + seconds(std::stoll(wait));
    }
    world_.say("  answered {} {}", answer.status, answer.body.substr(0, 120));
    transfer->done(answer);
    if (!transfer->request.gated || transfer->fault != Fault::kNone || answer.status != 200) return;
    world_.after(minutes(5), owner_, [this, transfer] { watch_.heard.insert(transfer->uid); });
  });
}

void Wire::watch_start(Transfer& transfer) {
  if (role_ == Role::kClone) broken("a clone sent a request: " + transfer.request.url);
  database_.read([&](storage::Transaction& tx) {
    const auto evidence = tx.value<std::string>("select evidence from disclosure where id=$1", transfer.disclosure);
    if (evidence == "clock") return;
    const auto row = tx.row<std::int64_t, std::string, std::string, std::optional<std::int64_t>, std::optional<std::string>>(
        "select d.account_id, d.uid, a.state, t.id, t.phase from disclosure s join delivery d on "
        "d.uid=substr(s.evidence, instr(s.evidence, ':') + 1) join account a on a.id=d.account_id left join attempt t on t.id=(select max(id) from attempt where delivery_id=d.id) "
        "where s.id=$1",
        transfer.disclosure);
    if (!row) return broken("a request left without a durable disclosure row");
    const auto& [account, uid, state, attempt, phase] = *row;
    transfer.account = account;
    transfer.uid = uid;
    if (watch_.not_before[account] > world_.time()) {
      broken(fmt::format("a request left before the reset that the network had named: {} at {:.3f}, reset {:.3f}", transfer.request.url,
                         world_.seconds_at(world_.time()), world_.seconds_at(watch_.not_before[account])));
    }
    if (!transfer.request.gated) return;
    // Who slept past the lease may start what others have closed: its gate will not open.
    const bool is_open = phase && (*phase == "intent" || role_ == Role::kOneOfMany);
    if (!is_open) return broken("I1: a visible request left without an open INTENT");
    if (role_ == Role::kAlone && !is_journaled(tx, journal::Kind::kIntent, *attempt)) {
      broken("I1: a visible request left without an INTENT in the sent-journal");
    }
    if (state != "connected" && role_ == Role::kAlone) broken("I8: a visible request left for an account that is not connected");
    if (!sending_.insert(account).second && role_ == Role::kAlone) broken("two visible requests of one account at a time");
  });
}

void Wire::watch_release(const Transfer& transfer) {
  database_.read([&](storage::Transaction& tx) {
    const auto row = tx.row<std::int64_t, std::string>(
        "select t.id, a.state from disclosure s join delivery d on s.evidence='delivery:'||d.uid join account a on "
        "a.id=d.account_id join attempt t on t.delivery_id=d.id and t.phase='gate' where s.id=$1 order by t.id desc",
        transfer.disclosure);
    if (!row) return broken("I2: the last byte was let go without a durable GATE");
    const auto& [attempt, state] = *row;
    if (!is_journaled(tx, journal::Kind::kGate, attempt)) {
      broken("I2: the last byte was let go without a GATE in the sent-journal");
    }
    if (state != "connected") broken("I8: a byte was let go for an account that is not connected");
  });
}

bool Wire::is_journaled(storage::Transaction& tx, journal::Kind kind, std::int64_t attempt) const {
  const auto row = tx.row<std::string, std::int64_t, std::string>(
      "select d.uid, t.epoch, t.step from attempt t join delivery d on d.id=t.delivery_id where t.id=$1", attempt);
  const auto& [uid, epoch, step] = *row;
  return journal_.knows(kind, uid, epoch, step);
}

}  // namespace postmypost::simulation
