#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include "storage/blobs.hpp"
#include "support/child.hpp"
#include "support/temporary_folder.hpp"

namespace postmypost::storage {
namespace {

struct BlobsOnDisk : testing::Test {
  support::TemporaryFolder folder;
  SeededRandom random{1};
  std::unique_ptr<Blobs> blobs = open_disk_blobs(folder / "media", random);

  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  }
};

TEST_F(BlobsOnDisk, come_back_as_they_were) {
  const std::string bytes("\0\xff\npicture", 10);
  const auto name = blobs->put(bytes);
  ASSERT_TRUE(name);
  EXPECT_EQ(blobs->get(*name), bytes);
  const auto empty = blobs->put("");
  ASSERT_TRUE(empty);
  EXPECT_EQ(blobs->get(*empty), "");
  EXPECT_NE(*name, *empty);
  EXPECT_EQ(std::filesystem::file_size(blobs->path(*name)), bytes.size());
}

TEST_F(BlobsOnDisk, are_the_owners_alone) {
  const auto name = blobs->put("x");
  ASSERT_TRUE(name);
  struct stat file{};
  ASSERT_EQ(::stat(blobs->path(*name).c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((folder / "media").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0700U);
}

TEST_F(BlobsOnDisk, are_gone_once_removed) {
  const auto name = blobs->put("x");
  ASSERT_TRUE(name);
  blobs->remove(*name);
  blobs->remove(*name);
  EXPECT_EQ(blobs->get(*name), std::nullopt);
  EXPECT_EQ(files(), 0U);
}

TEST_F(BlobsOnDisk, have_no_names_but_ours) {
  std::ofstream(folder / "outside") << "secret";
  for (const char* name :
       {"", "..", "../outside", "../../etc/passwd", "0123456789abcdef0123456789abcde/"}) {
    EXPECT_EQ(blobs->get(name), std::nullopt);
    EXPECT_THROW((void)blobs->path(name), std::invalid_argument);
    blobs->remove(name);
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "outside"));
}

TEST_F(BlobsOnDisk, that_a_crash_left_unfinished_are_swept) {
  const auto name = blobs->put("x");
  ASSERT_TRUE(name);
  std::ofstream(blobs->path(*name).string() + ".part") << "half";
  blobs = open_disk_blobs(folder / "media", random);
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(blobs->get(*name), "x");
}

TEST_F(BlobsOnDisk, are_absent_when_they_do_not_fit) {
  const auto ended = support::run_in_child([&](const support::Speaker& speaker) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto name = blobs->put(std::string(200'000, 'x'));
    speaker.say(name ? "stored" : name.error().code);
  });
  EXPECT_EQ(ended.said, "storage.full");
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace postmypost::storage
