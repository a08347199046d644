#include "publishing/at_work.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <fstream>
#include <system_error>

namespace postmypost::publishing {
namespace {

constexpr std::size_t kUid = 32;   // 128 bits in hex
constexpr std::size_t kBoot = 36;  // a UUID
constexpr std::size_t kSlots = 32;

struct Slot {
  std::array<char, kUid> uid;
  bool taken;
};

[[noreturn]] void fail_with(const std::filesystem::path& file) {
  throw std::system_error(errno, std::generic_category(), file.string());
}

}  // namespace

struct AtWork::Page {
  std::array<char, kBoot> boot;
  std::array<Slot, kSlots> slots;
};

std::string this_boot() {
  std::string id;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), id);
  return id;
}

AtWork::AtWork(const std::filesystem::path& file, std::string_view boot) {
  const int handle = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (handle < 0) fail_with(file);
  void* mapped = MAP_FAILED;
  if (::ftruncate(handle, sizeof(Page)) == 0) {
    mapped = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
  }
  const int error = errno;
  ::close(handle);
  if (mapped == MAP_FAILED) errno = error, fail_with(file);
  page_ = static_cast<Page*>(mapped);

  std::array<char, kBoot> own{};
  std::ranges::copy(boot.substr(0, kBoot), own.begin());
  for (const Slot& slot : page_->slots) {
    if (page_->boot == own && slot.taken) left_.emplace_back(slot.uid.begin(), slot.uid.end());
  }
  std::memset(mapped, 0, sizeof(Page));
  page_->boot = own;
}

AtWork::~AtWork() { ::munmap(page_, sizeof(Page)); }

int AtWork::take(std::string_view uid) {
  const std::lock_guard lock(mutex_);
  const auto slot = std::ranges::find(page_->slots, false, &Slot::taken);
  if (slot == page_->slots.end() || uid.size() != kUid) return -1;
  std::ranges::copy(uid, slot->uid.begin());
  // Last, so that a death in between leaves a free slot and not half a name.
  std::atomic_ref(slot->taken).store(true, std::memory_order_release);
  return static_cast<int>(slot - page_->slots.begin());
}

void AtWork::give_back(int slot) {
  const std::lock_guard lock(mutex_);
  std::atomic_ref(page_->slots[static_cast<std::size_t>(slot)].taken).store(false, std::memory_order_release);
}

AtWork::Mark::Mark(AtWork* place, std::string_view uid) : at_work_(place), slot_(place ? place->take(uid) : -1) {}

AtWork::Mark::~Mark() {
  if (slot_ >= 0) at_work_->give_back(slot_);
}

}  // namespace postmypost::publishing
