// Runs one picture through the worker program: pipes, a wall-clock limit, at most two at a time.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <semaphore>

#include "base/log.hpp"
#include "media/files.hpp"

namespace postmypost::media {
namespace {

constexpr Duration kLimit = seconds(20);
constexpr std::size_t kMostOutput = 96U << 20U;

// A pipe's ends, closed however the run ends.
struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for the picture worker");
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    close_end(read_end);
    close_end(write_end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  static void close_end(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
};

Error refused(std::string code) {
  Error error{.code = std::move(code), .detail = "The picture can't be read: it is broken or cut short.",
              .field = "/file", .rule = "readable",
              .how_to_fix = "Open it in an editor, save it again as JPEG or PNG, and upload that."};
  if (error.code == "picture.format") {
    error.detail = "Pictures are taken as JPEG, PNG, WebP or still GIF.";
    error.rule = "format=jpeg,png,webp,gif";
    error.how_to_fix = "Save the picture as JPEG or PNG.";
  } else if (error.code == "picture.too_many_pixels") {
    error.detail = "The picture has more than 50 megapixels.";
    error.rule = "max_pixels=50000000";
    error.how_to_fix = "Make it smaller before uploading.";
  } else if (error.code == "picture.animated") {
    error.detail = "Moving pictures are not supported yet.";
    error.rule = "still";
    error.how_to_fix = "Upload a still picture.";
  } else if (error.code == "picture.too_slow") {
    error.detail = "The picture took too long to decode.";
    error.rule = "max_seconds=20";
    error.how_to_fix = "Make it smaller, or save it again in an editor.";
  } else if (error.code == "picture.too_heavy") {
    error.detail = "The file is larger than 64 MB.";
    error.rule = "max_bytes=67108864";
    error.how_to_fix = "Make it smaller before uploading.";
  }
  return error;
}

class WorkerCleaner final : public PictureCleaner {
 public:
  explicit WorkerCleaner(std::string program) : program_(std::move(program)) {}

  Result<CleanPicture> clean(const std::string& bytes) override {
    free_.acquire();
    struct Return {
      std::counting_semaphore<2>& free;
      ~Return() { free.release(); }
    } const turn{free_};
    Pipe in, out;
    const pid_t child = start(in, out);
    Pipe::close_end(in.read_end);
    Pipe::close_end(out.write_end);
    const auto output = exchange(in, out, bytes);
    if (!output) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!output) return fail(refused("picture.too_slow"));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      log::warning("picture.worker_died", {{"status", status}});
      return fail(refused("picture.unreadable"));
    }
    return parse(*output);
  }

 private:
  pid_t start(const Pipe& in, const Pipe& out) const {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.read_end, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.write_end, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::string name = "postmypost-picture-worker";
    std::string locale = "LC_ALL=C";
    char* const arguments[] = {name.data(), nullptr};
    char* const environment[] = {locale.data(), nullptr};  // no secret of ours reaches the child
    pid_t child = 0;
    const int failed = ::posix_spawn(&child, program_.c_str(), &actions, nullptr, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) throw std::runtime_error("the picture worker " + program_ + " can't be started");
    return child;
  }

  // Feeds and reads at once, so that neither side waits for a full pipe. Nothing: out of time or too much output.
  static std::optional<std::string> exchange(Pipe& in, Pipe& out, const std::string& bytes) {
    ::fcntl(in.write_end, F_SETFL, O_NONBLOCK);
    const SystemClock clock;
    const Duration until = clock.since_boot() + kLimit;
    std::string output;
    std::size_t sent = 0;
    char chunk[65536];
    for (;;) {
      const auto left = (until.us - clock.since_boot().us) / 1000;
      if (left <= 0) return std::nullopt;
      pollfd ends[2] = {{out.read_end, POLLIN, 0}, {in.write_end, POLLOUT, 0}};
      if (::poll(ends, 2, static_cast<int>(left)) < 0 && errno != EINTR) return std::nullopt;
      if (in.write_end >= 0 && ends[1].revents != 0) {
        const ssize_t n = ::write(in.write_end, bytes.data() + sent, bytes.size() - sent);
        if (n > 0) sent += static_cast<std::size_t>(n);
        if ((n < 0 && errno != EAGAIN) || sent == bytes.size()) Pipe::close_end(in.write_end);
      }
      if (ends[0].revents != 0) {
        const ssize_t n = ::read(out.read_end, chunk, sizeof chunk);
        if (n == 0) return output;
        if (n < 0 && errno != EINTR) return std::nullopt;
        if (n > 0) output.append(chunk, static_cast<std::size_t>(n));
        if (output.size() > kMostOutput) return std::nullopt;
      }
    }
  }

  static Result<CleanPicture> parse(const std::string& output) {
    const auto line_end = output.find('\n');
    boost::system::error_code broken;
    const auto header = boost::json::parse(std::string_view(output).substr(0, line_end), broken);
    if (line_end == std::string::npos || broken || !header.is_object()) return fail(refused("picture.unreadable"));
    const boost::json::object& object = header.as_object();
    if (const auto* code = object.if_contains("error")) return fail(refused(std::string(code->as_string())));
    const auto original = object.at("original").to_number<std::size_t>();
    const auto thumbnail = object.at("thumbnail").to_number<std::size_t>();
    if (output.size() != line_end + 1 + original + thumbnail) return fail(refused("picture.unreadable"));
    CleanPicture picture{.mime = std::string(object.at("mime").as_string()),
                         .width = object.at("width").to_number<int>(),
                         .height = object.at("height").to_number<int>(),
                         .original = output.substr(line_end + 1, original),
                         .thumbnail = output.substr(line_end + 1 + original),
                         .removed = {}};
    for (const auto& item : object.at("removed").as_array()) picture.removed.emplace_back(item.as_string());
    return picture;
  }

  std::string program_;
  std::counting_semaphore<2> free_{2};
};

}  // namespace

std::unique_ptr<PictureCleaner> make_picture_cleaner(std::string program) {
  return std::make_unique<WorkerCleaner>(std::move(program));
}

}  // namespace postmypost::media
