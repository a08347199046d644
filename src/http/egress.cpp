#include "http/egress.hpp"

#include <curl/curl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_map>

#include "base/fault_point.hpp"
#include "base/log.hpp"
#include "http/ascii.hpp"
#include "http/egress_loop.hpp"
#include "http/egress_transfer.hpp"

namespace postmypost::http {
namespace {

// The longest wait for something to happen; libcurl's own timers and the mailbox end it earlier.
constexpr std::chrono::milliseconds kRestingPoll{60'000};
constexpr std::chrono::milliseconds kWatchingPoll{100};

struct Decision {
  std::uint64_t transfer = 0;
  GateDecision decision = GateDecision::kWithhold;
  Duration at{};  // boot time of the word
};

// What other threads leave for the client's thread, and the bell that tells of it. Outlives the
// client, because a gate may answer late.
class Mailbox {
 public:
  Mailbox() : bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (bell_ < 0) throw std::runtime_error("no eventfd");
  }
  ~Mailbox() { ::close(bell_); }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  int bell() const { return bell_; }
  bool leave(std::unique_ptr<Transfer>& transfer) {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    starts_.push_back(std::move(transfer));
    ring();
    return true;
  }
  void leave(Decision decision) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    decisions_.push_back(decision);
    ring();
  }
  void take(std::vector<std::unique_ptr<Transfer>>& starts, std::vector<Decision>& decisions) {
    const std::lock_guard lock(mutex_);
    starts.swap(starts_);
    decisions.swap(decisions_);
    eventfd_t rings = 0;
    if (std::exchange(rung_, false)) ::eventfd_read(bell_, &rings);
  }
  void wake() {
    const std::lock_guard lock(mutex_);
    ring();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }

 private:
  void ring() {
    if (!std::exchange(rung_, true)) ::eventfd_write(bell_, 1);
  }

  const int bell_;
  std::mutex mutex_;
  bool rung_ = false;
  bool closed_ = false;
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
        mailbox_(std::make_shared<Mailbox>()),
        loop_(mailbox_->bell()) {
    CURLM* multi = loop_.multi();
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, options.connections_per_host);
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, options.connections);
    // Idle ones are kept up to the total: a crowd that is cut to fewer would shake hands anew for every post.
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, options.connections);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
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
        std::make_unique<Transfer>(policy_, shared_, ++last_id_, disclosure, std::move(request),
                                   std::move(done), std::move(ask_gate));
    if (!mailbox_->leave(transfer))
      transfer->finish(CURLE_ABORTED_BY_CALLBACK, "The program is stopping.");
  }

 private:
  using Transfers = std::unordered_map<std::uint64_t, std::unique_ptr<Transfer>>;

  void run() {
    while (!stopping_) {
      take_mail();
      if (fault::armed) {
        for (auto& [id, transfer] : transfers_) transfer->pass_fault_points();
      }
      take_endings();
      ask_gates();
      end_early_answers();
      loop_.turn(shared_.early.empty() ? kRestingPoll : kWatchingPoll);
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
    curl_multi_add_handle(loop_.multi(), transfer.easy());
  }

  void take_endings() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(loop_.multi(), &left)) {
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
    if (transfer.was_started()) curl_multi_remove_handle(loop_.multi(), transfer.easy());
    transfer.finish(code, why);
  }

  void ask_gates() {
    for (const std::uint64_t id : std::exchange(shared_.wishing, {})) {
      const auto found = transfers_.find(id);
      if (found == transfers_.end() || !found->second->take_wish_to_ask()) continue;
      auto question = std::make_shared<Question>(mailbox_, policy_.clock, id);
      try {
        found->second->ask([question](GateDecision decision) { question->answer(decision); });
      } catch (const std::exception& e) {
        log::error("egress.callback_threw", {{"what", e.what()}});
      }
    }
  }

  // Answers that began before their gate: libcurl says nothing about their end, so it is looked for.
  void end_early_answers() {
    std::erase_if(shared_.early, [this](std::uint64_t id) {
      const auto found = transfers_.find(id);
      if (found == transfers_.end()) return true;
      const auto code = found->second->early_answer_ended();
      if (code) end(id, *code);
      return code.has_value();
    });
  }

  EgressPolicy policy_;
  SharedByTransfers shared_;  // the thread's, and before `loop_`, whose end closes connections
  std::shared_ptr<Mailbox> mailbox_;
  EgressLoop loop_;
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
