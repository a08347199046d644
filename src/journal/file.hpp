// One file through SQLite's default VFS, so that the crash VFS of the tests sees the journal's writes as it sees the
// database's. Not thread-safe. Errors: storage::DatabaseError (kFull, kIo).
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace postmypost::journal {

class File {
 public:
  explicit File(const std::filesystem::path& path);  // opened for both, made when it is not there

  std::uint64_t size() const;
  std::string read(std::uint64_t offset, std::size_t bytes) const;  // shorter at the end
  void write(std::uint64_t offset, std::string_view bytes);
  void sync();  // data, and the folder's entry of a new file
  void truncate(std::uint64_t size);

 private:
  struct Close {
    void operator()(sqlite3_file* file) const;
  };
  std::string path_;  // SQLite keeps the pointer
  std::unique_ptr<sqlite3_file, Close> file_;
};

}  // namespace postmypost::journal
