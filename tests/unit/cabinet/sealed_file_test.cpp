#include "cabinet/sealed_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_folder.hpp"

namespace postmypost::cabinet {
namespace {

namespace fs = std::filesystem;
using support::TemporaryFolder;

constexpr std::size_t kPiece = 64 << 10;

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void put(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes; }

std::string text(std::size_t size) {
  std::string made(size, '\0');
  for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<char>('a' + (i * 7 + i / 1000) % 26);
  return made;
}

class SealedFileTest : public testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& plain) {
    SealedWriter writer(folder_ / name, key_);
    for (std::size_t at = 0; at < plain.size(); at += 1000) writer.write(std::string_view(plain).substr(at, 1000));
    writer.finish();
    EXPECT_EQ(writer.size(), plain.size());
    return folder_ / name;
  }
  std::string read(std::vector<fs::path> files) {
    SealedReader reader(std::move(files), key_);
    std::string all;
    for (std::string piece = reader.next(); !piece.empty(); piece = reader.next()) all += piece;
    return all;
  }

  TemporaryFolder folder_;
  const std::string key_ = new_file_key();
};

TEST_F(SealedFileTest, gives_back_what_was_written_whatever_its_size) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kPiece - 1, kPiece, kPiece + 1, 3 * kPiece, 3 * kPiece + 17}) {
    const std::string plain = text(size);
    EXPECT_EQ(read({write(std::to_string(size), plain)}), plain) << size;
  }
}

TEST_F(SealedFileTest, reads_several_as_one_and_begins_again) {
  const std::string first = text(kPiece + 5), second = text(100);
  SealedReader reader({write("1", first), write("2", second)}, key_);
  std::string all;
  for (std::string piece = reader.next(); !piece.empty(); piece = reader.next()) all += piece;
  EXPECT_EQ(all, first + second);
  reader.restart();
  EXPECT_EQ(reader.next(), first.substr(0, kPiece));
}

TEST_F(SealedFileTest, holds_nothing_readable_and_is_its_owners_only) {
  const fs::path file = write("x", text(2000));
  EXPECT_EQ(bytes_of(file).find(text(2000).substr(500, 16)), std::string::npos);
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(SealedFileTest, does_not_open_when_it_was_cut_changed_or_lengthened_or_with_another_key) {
  const fs::path file = write("x", text(3 * kPiece));
  const std::string sealed = bytes_of(file);
  const auto fails = [&](const std::string& bytes) {
    put(file, bytes);
    EXPECT_THROW(read({file}), std::runtime_error) << bytes.size();
  };
  fails("");
  fails(sealed.substr(0, 20));
  fails(sealed.substr(0, sealed.size() - 1));
  fails(sealed.substr(0, 24 + kPiece + 17));  // whole pieces, without the last one
  fails(sealed + "x");
  std::string changed = sealed;
  changed[sealed.size() / 2] = static_cast<char>(changed[sealed.size() / 2] ^ 1);
  fails(changed);
  std::string swapped = sealed;  // two pieces of one file
  std::swap_ranges(swapped.begin() + 24, swapped.begin() + 24 + kPiece + 17, swapped.begin() + 24 + kPiece + 17);
  fails(swapped);
  put(file, sealed);
  SealedReader other({file}, new_file_key());
  EXPECT_THROW(other.next(), std::runtime_error);
}

TEST_F(SealedFileTest, that_was_never_finished_does_not_open_as_a_whole) {
  { SealedWriter(folder_ / "x", key_).write(text(3 * kPiece)); }
  EXPECT_THROW(read({folder_ / "x"}), std::runtime_error);
}

}  // namespace
}  // namespace postmypost::cabinet
