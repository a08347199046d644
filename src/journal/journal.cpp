#include "journal/journal.hpp"

#include <future>

namespace postmypost::journal {

void Journal::append(Entry entry) {
  std::promise<void> written;
  append(std::move(entry), [&](std::exception_ptr failure) {
    if (failure) {
      written.set_exception(failure);
    } else {
      written.set_value();
    }
  });
  written.get_future().get();
}

}  // namespace postmypost::journal
