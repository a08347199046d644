#include "client.hpp"

#include <curl/curl.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "house.hpp"
#include "usage.hpp"
#include "vault/ledger.hpp"

namespace postmypost::bench {
namespace {

std::string address(unsigned short port) {
  return "http://127.0.0.1:" + std::to_string(port) + "/bot1:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/sendMessage";
}
std::string body(std::int64_t number) {
  return R"({"chat_id":-1001000000000,"text":"bench )" + std::to_string(number) + " 0 " + std::string(200, 'x') + "\"}";
}

class Stopwatch {
 public:
  Sent read() const {
    return {.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(),
            .cpu_seconds = process_cpu_seconds() - cpu_};
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  double cpu_ = process_cpu_seconds();
};

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

Easy make_handle(const std::string& url, curl_slist* headers) {
  Easy easy(curl_easy_init(), &curl_easy_cleanup);
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(
      easy.get(), CURLOPT_WRITEFUNCTION, +[](char*, std::size_t, std::size_t n, void*) -> std::size_t { return n; });
  return easy;
}

void send_next(CURLM* multi, CURL* easy, std::int64_t number) {
  const std::string text = body(number);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(text.size()));
  curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, text.c_str());
  curl_multi_add_handle(multi, easy);
}

}  // namespace

Sent send_by_libcurl(unsigned short sink_port, std::int64_t count, std::int64_t at_once) {
  const std::string url = address(sink_port);
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
      curl_slist_append(curl_slist_append(nullptr, "Content-Type: application/json"), "Expect:"), &curl_slist_free_all);
  std::vector<Easy> handles;
  const std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi(curl_multi_init(), &curl_multi_cleanup);
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, at_once);
  const Stopwatch watch;
  std::int64_t begun = 0, ended = 0;
  for (; begun < std::min(at_once, count); ++begun) {
    handles.push_back(make_handle(url, headers.get()));
    send_next(multi.get(), handles.back().get(), begun + 1);
  }
  while (ended < count) {
    int running = 0, left = 0;
    curl_multi_perform(multi.get(), &running);
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
      if (message->data.result != CURLE_OK) throw std::runtime_error(curl_easy_strerror(message->data.result));
      CURL* easy = message->easy_handle;
      curl_multi_remove_handle(multi.get(), easy);
      ++ended;
      if (begun < count) send_next(multi.get(), easy, ++begun);
    }
    curl_multi_poll(multi.get(), nullptr, 0, 1000, nullptr);
  }
  const Sent sent = watch.read();
  return sent;
}

Sent send_by_egress(unsigned short sink_port, std::int64_t count, std::int64_t at_once) {
  const auto folder = std::filesystem::temp_directory_path() / ("postmypost-bench-client-" + std::to_string(::getpid()));
  Sent sent;
  {
    House house(folder);
    const RecordedDisclosure disclosure = house.database->write([&](storage::Transaction& tx) {
      return vault::Ledger::record(tx, {.recipient_host = "127.0.0.1", .recipient = "sink", .purpose = vault::Purpose::kPublish},
                                   house.clock.now());
    });
    std::mutex mutex;
    std::condition_variable changed;
    std::int64_t ended = 0, failed = 0;
    const auto egress = http::make_egress_client(egress_options(sink_port));
    const Stopwatch watch;
    for (std::int64_t begun = 0; begun < count; ++begun) {
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return begun - ended < at_once; });
      }
      egress->start(
          disclosure,
          {.method = "POST", .url = address(sink_port), .headers = {{"Content-Type", "application/json"}}, .body = {body(begun + 1)}, .gated = true},
          [&](http::Answer answer) {
            const std::lock_guard lock(mutex);
            ++ended;
            if (answer.status != 200) ++failed;
            changed.notify_one();
          },
          [](const auto& decide) { decide(http::GateDecision::kRelease); });
    }
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return ended == count; });
    if (failed > 0) throw std::runtime_error(std::to_string(failed) + " requests of the client failed");
    sent = watch.read();
  }
  std::filesystem::remove_all(folder);
  return sent;
}

}  // namespace postmypost::bench
