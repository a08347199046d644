// What this process is computing on right now, still readable after it died of it.
//
// A mark is a few bytes in a mapped file: no system call to set or take, no sync. A signal (SIGSEGV, SIGKILL, the OOM killer) leaves
// the page cache, so the next process of the same boot reads who was at work. After a power loss or a reboot the boot id differs
// and nobody is accused. Waiting for the disk or a network is not work: marks stand only around code that can be crashed by
// the delivery it handles (poison.hpp).
//
// Thread-safe.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace postmypost::publishing {

// The kernel's id of this boot.
std::string this_boot();

class AtWork {
 public:
  // One process at a time uses a file; the data folder's lock sees to that. Throws std::system_error.
  explicit AtWork(const std::filesystem::path& file, std::string_view boot = this_boot());
  ~AtWork();
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;

  // Uids that the process before this one was at work on when it died.
  const std::vector<std::string>& left() const { return left_; }

  // Stands as long as it lives. With more of them at once than the file has places the rest goes unmarked.
  class Mark {
   public:
    Mark(AtWork* place, std::string_view uid);  // null: no mark
    ~Mark();
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;

   private:
    AtWork* at_work_;
    int slot_ = -1;
  };

 private:
  struct Page;

  int take(std::string_view uid);
  void give_back(int slot);

  Page* page_ = nullptr;
  std::vector<std::string> left_;
  std::mutex mutex_;
};

}  // namespace postmypost::publishing
