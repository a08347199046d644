#include "http/egress.hpp"

#include <curl/curl.h>

#include <atomic>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/log.hpp"
#include "http/ascii.hpp"
#include "http/egress_transfer.hpp"

namespace postmypost::http {
namespace {

constexpr int kRestingPoll =
    60'000;  // milliseconds; libcurl's own timers and the mailbox end it earlier
constexpr int kWatchingPoll = 100;

struct Decision {
  std::uint64_t transfer = 0;
  GateDecision decision = GateDecision::kWithhold;
  Duration at{};  // boot time of the word
};

// What other threads leave for the client's thread. Outlives the client, because a gate may answer
// late.
class Mailbox {
 public:
  explicit Mailbox(CURLM* multi) : multi_(multi) {}

  bool leave(std::unique_ptr<Transfer>& transfer) {
    const std::lock_guard lock(mutex_);
    if (!multi_) return false;
    starts_.push_back(std::move(transfer));
    curl_multi_wakeup(multi_);
    return true;
  }
  void leave(Decision decision) {
    const std::lock_guard lock(mutex_);
    if (!multi_) return;
    decisions_.push_back(decision);
    curl_multi_wakeup(multi_);
  }
  void take(std::vector<std::unique_ptr<Transfer>>& starts, std::vector<Decision>& decisions) {
    const std::lock_guard lock(mutex_);
    starts.swap(starts_);
    decisions.swap(decisions_);
  }
  void wake() {
    const std::lock_guard lock(mutex_);
    if (multi_) curl_multi_wakeup(multi_);
  }
  void close() {
    const std::lock_guard lock(mutex_);
    multi_ = nullptr;
  }

 private:
  std::mutex mutex_;
  CURLM* multi_;  // null once the client is gone
  std::vector<std::unique_ptr<Transfer>> starts_;
  std::vector<Decision> decisions_;
};

// One question to the gate. The first word counts; a question that is dropped without one means no.
class Question {
 public:
  Question(std::shared_ptr<Mailbox> mailbox, const Clock& clock, std::uint64_t transfer)
      : mailbox_(std::move(mailbox)), clock_(clock), transfer_(transfer) {}
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  ~Question() { answer(GateDecision::kWithhold); }

  void answer(GateDecision decision) {
    if (answered_.exchange(true)) return;
    mailbox_->leave(
        Decision{.transfer = transfer_, .decision = decision, .at = clock_.since_boot()});
  }

 private:
  std::shared_ptr<Mailbox> mailbox_;
  const Clock& clock_;
  std::uint64_t transfer_;
  std::atomic<bool> answered_ = false;
};

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

AllowList allow_list(const EgressOptions& options) {
  auto list = AllowList::parse(options.allow);
  if (!list) throw std::invalid_argument(list.error().detail);
  return *std::move(list);
}

class CurlEgress final : public EgressClient {
 public:
  explicit CurlEgress(EgressOptions options)
      : policy_{.options = options,
                .allow = allow_list(options),
                .clock = options.clock ? *options.clock : system_clock()},
        multi_(curl_multi_init(), &curl_multi_cleanup),
        mailbox_(std::make_shared<Mailbox>(multi_.get())) {
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS, options.connections_per_host);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, options.connections);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, 32L);  // idle ones kept
    curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    thread_ = std::thread([this] { run(); });
  }

  ~CurlEgress() override {
    stopping_ = true;
    mailbox_->wake();
    thread_.join();
    mailbox_->close();
    std::vector<std::unique_ptr<Transfer>> late;
    std::vector<Decision> ignored;
    mailbox_->take(late, ignored);
    for (auto& transfer : late)
      transfer->finish(CURLE_ABORTED_BY_CALLBACK, "The program is stopping.");
  }

  void start(const RecordedDisclosure& disclosure, OutgoingRequest request, Done done,
             AskGate ask_gate) override {
    auto transfer =
        std::make_unique<Transfer>(policy_, sockets_, ++last_id_, disclosure, std::move(request),
                                   std::move(done), std::move(ask_gate));
    if (!mailbox_->leave(transfer))
      transfer->finish(CURLE_ABORTED_BY_CALLBACK, "The program is stopping.");
  }

 private:
  using Transfers = std::map<std::uint64_t, std::unique_ptr<Transfer>>;

  void run() {
    while (!stopping_) {
      take_mail();
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      for (auto& [id, transfer] : transfers_) transfer->pass_fault_points();
      take_endings();
      ask_gates();
      const bool watching = end_early_answers();
      curl_multi_poll(multi_.get(), nullptr, 0, watching ? kWatchingPoll : kRestingPoll, nullptr);
    }
    take_mail();
    while (!transfers_.empty())
      end(transfers_.begin()->first, CURLE_ABORTED_BY_CALLBACK, "The program is stopping.");
  }

  void take_mail() {
    std::vector<std::unique_ptr<Transfer>> starts;
    std::vector<Decision> decisions;
    mailbox_->take(starts, decisions);
    for (auto& transfer : starts) begin(std::move(transfer));
    for (const Decision& decision : decisions) {
      const auto found = transfers_.find(decision.transfer);
      if (found == transfers_.end()) continue;  // ended while the gate was thinking
      Transfer& transfer = *found->second;
      if (!transfer.decided(decision.decision, decision.at)) {
        end(decision.transfer, CURLE_ABORTED_BY_CALLBACK);
      } else if (decision.decision == GateDecision::kRelease && !transfer.was_started()) {
        add(transfer);
      }
    }
  }

  void begin(std::unique_ptr<Transfer> owned) {
    Transfer& transfer = *owned;
    transfers_.emplace(transfer.id(), std::move(owned));
    if (!transfer.prepare()) {
      end(transfer.id(), CURLE_ABORTED_BY_CALLBACK);
    } else if (!transfer.asks_before_starting()) {
      add(transfer);
    }
  }

  void add(Transfer& transfer) {
    transfer.mark_added();
    curl_multi_add_handle(multi_.get(), transfer.easy());
  }

  void take_endings() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      void* self = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &self);
      end(static_cast<Transfer*>(self)->id(), message->data.result);
    }
  }

  void end(std::uint64_t id, CURLcode code, std::string_view why = {}) {
    auto node = transfers_.extract(id);
    if (node.empty()) return;
    Transfer& transfer = *node.mapped();
    if (transfer.was_started()) curl_multi_remove_handle(multi_.get(), transfer.easy());
    transfer.finish(code, why);
  }

  void ask_gates() {
    for (auto& [id, transfer] : transfers_) {
      if (!transfer->take_wish_to_ask()) continue;
      auto question = std::make_shared<Question>(mailbox_, policy_.clock, id);
      try {
        transfer->ask([question](GateDecision decision) { question->answer(decision); });
      } catch (const std::exception& e) {
        log::error("egress.callback_threw", {{"what", e.what()}});
      }
    }
  }

  // True while some answer that began before its gate has to be watched.
  bool end_early_answers() {
    std::vector<std::pair<std::uint64_t, CURLcode>> over;
    bool watching = false;
    for (auto& [id, transfer] : transfers_) {
      if (const auto code = transfer->early_answer_ended()) over.emplace_back(id, *code);
      watching = watching || transfer->has_early_answer();
    }
    for (const auto& [id, code] : over) end(id, code);
    return watching;
  }

  EgressPolicy policy_;
  OpenSockets sockets_;  // the thread's, and before `multi_`, whose end closes connections
  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_;
  std::shared_ptr<Mailbox> mailbox_;
  Transfers transfers_;  // the thread's
  std::atomic<std::uint64_t> last_id_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace

std::string Answer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return {};
}

Answer EgressClient::perform(const RecordedDisclosure& disclosure, OutgoingRequest request) {
  if (request.gated) throw std::logic_error("a gated request can't be waited for");
  std::promise<Answer> answered;
  auto answer = answered.get_future();
  start(disclosure, std::move(request), [&](Answer a) { answered.set_value(std::move(a)); });
  return answer.get();
}

std::unique_ptr<EgressClient> make_egress_client(EgressOptions options) {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (once != CURLE_OK) throw std::runtime_error("libcurl does not start");
  return std::make_unique<CurlEgress>(std::move(options));
}

}  // namespace postmypost::http
