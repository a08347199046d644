// Uploads in steps, by rows: forms, leases, ends. The program as a whole is met in tests/scenario/v4_1_uploads.test.mjs.
#include "media/uploads.hpp"

#include <gtest/gtest.h>

#include "media/schema.hpp"
#include "support/stores.hpp"

namespace postmypost::media {
namespace {

class UploadsTest : public testing::Test {
 protected:
  UploadsTest() : stores_({kSchema, kUploadsSchema}), blobs_(storage::open_disk_blobs(stores_.folder / "media", stores_.random)) {}

  Upload announced(std::int64_t size = 100) {
    return stores_.write([&](storage::Transaction& tx) { return uploads_.announce(tx, 1, 2, "кот.png", size); }).value();
  }
  Upload fetched(std::string url = "https://example.org/a/b.png?signature=1#part") {
    return stores_.write([&](storage::Transaction& tx) { return uploads_.fetch(tx, 1, 2, std::move(url)); }).value();
  }
  Upload load(std::int64_t id) {
    return stores_.read([&](storage::Transaction& tx) { return uploads_.load(tx, id); }).value();
  }
  std::string refused(const FormFields& fields) {
    const auto admitted = stores_.read([&](storage::Transaction& tx) { return uploads_.admit(tx, fields); });
    return admitted ? "" : admitted.error().code;
  }
  std::int64_t file() {
    return stores_.write([&](storage::Transaction& tx) {
      const CleanPicture picture{.mime = "image/png", .width = 1, .height = 1, .original = "o", .thumbnail = "t", .removed = {}};
      return files_.insert(tx, 1, "кот.png", picture, blobs_->put("o").value(), blobs_->put("t").value()).id;
    });
  }
  bool has_file(std::int64_t id) {
    return stores_.read([&](storage::Transaction& tx) { return files_.load(tx, id).has_value(); });
  }
  std::vector<Upload> claim() {
    return stores_.write([&](storage::Transaction& tx) { return uploads_.claim(tx, 4, minutes(5)); });
  }
  template <class F>
  auto write(F work) {
    return stores_.write([&](storage::Transaction& tx) { return work(tx); });
  }
  std::int64_t tidy(bool used = false) {
    return write([&](storage::Transaction& tx) {
      return uploads_.tidy(tx, files_, [&](storage::Transaction&, std::int64_t) { return used; });
    });
  }

  support::Stores stores_;
  std::unique_ptr<storage::Blobs> blobs_;
  Files files_{*stores_.vault, *blobs_, stores_.clock};
  Uploads uploads_{*stores_.vault, stores_.clock, stores_.random};
};

TEST_F(UploadsTest, have_numbers_that_no_file_has_and_keep_names_and_addresses_sealed) {
  const Upload by_file = announced(), by_url = fetched();
  EXPECT_GE(by_file.id, kFirstUpload);
  EXPECT_LT(file(), kFirstUpload);
  EXPECT_EQ(load(by_file.id).name, "кот.png");
  EXPECT_EQ(load(by_url.id).source, "https://example.org/a/b.png?signature=1");
  EXPECT_EQ(by_url.name, "b.png");
  const auto [name, source] = stores_.read([&](storage::Transaction& tx) {
    return tx.row<storage::Blob, storage::Blob>("select name, source from upload where id=$1", by_url.id);
  }).value();
  EXPECT_EQ(name.bytes.find("b.png"), std::string::npos);
  EXPECT_EQ(source.bytes.find("signature"), std::string::npos);
}

TEST_F(UploadsTest, refuse_sizes_names_and_addresses_that_there_are_not) {
  write([&](storage::Transaction& tx) {
    EXPECT_EQ(uploads_.announce(tx, 1, 2, "a", 0).error().code, "upload.size");
    EXPECT_EQ(uploads_.announce(tx, 1, 2, "a", kLargestUpload + 1).error().code, "upload.size");
    EXPECT_TRUE(uploads_.announce(tx, 1, 2, "a", kLargestUpload));
    EXPECT_EQ(uploads_.announce(tx, 1, 2, " \n", 1).error().code, "upload.name_empty");
    EXPECT_EQ(uploads_.fetch(tx, 1, 2, "ftp://example.org/").error().code, "url.scheme");
    EXPECT_EQ(uploads_.fetch(tx, 1, 2, "https://example.org@evil/").error().field, "/url");
  });
}

TEST(Addresses, are_encoded_where_people_and_servers_forgot_to) {
  EXPECT_EQ(as_requested("https://example.org/мёд a.png?x=\"1\"&y=%20"), "https://example.org/%D0%BC%D1%91%D0%B4%20a.png?x=%221%22&y=%20");
  EXPECT_EQ(as_requested("https://пример.рф"), "https://пример.рф");
  EXPECT_EQ(as_requested("no address"), "no address");
  EXPECT_EQ(as_requested("https://a/\n"), "https://a/\n") << "refused later";
}

TEST_F(UploadsTest, a_form_is_good_for_its_upload_and_for_an_hour) {
  const Upload one = announced(), other = announced();
  const FormFields fields = uploads_.form_of(one);
  EXPECT_EQ(refused(fields), "");
  EXPECT_EQ(refused({.key = uploads_.form_of(other).key, .token = fields.token, .expires = fields.expires}), "upload.form_unknown");
  EXPECT_EQ(refused({.key = fields.key, .token = fields.token, .expires = "99999999999"}), "upload.form_unknown");
  EXPECT_EQ(refused({.key = "", .token = fields.token, .expires = fields.expires}), "upload.form_unknown");
  stores_.clock.advance(hours(1) + seconds(1));
  EXPECT_EQ(refused(fields), "upload.form_expired");
}

TEST_F(UploadsTest, go_from_waiting_over_received_and_processing_to_done) {
  const Upload upload = announced();
  const auto complete = [&] { return write([&](storage::Transaction& tx) { return uploads_.complete(tx, upload.id); }); };
  EXPECT_EQ(complete().error().code, "upload.nothing_received");
  const std::int64_t first = file(), second = file();
  write([&](storage::Transaction& tx) { uploads_.receive(tx, load(upload.id), first, {}, files_); });
  write([&](storage::Transaction& tx) { uploads_.receive(tx, *uploads_.load(tx, upload.id), second, {}, files_); });
  EXPECT_FALSE(has_file(first)) << "sent again: the file before goes";
  EXPECT_TRUE(claim().empty()) << "nobody has asked for it yet";
  EXPECT_EQ(complete().value().state, UploadState::kProcessing);
  EXPECT_EQ(complete().value().state, UploadState::kProcessing) << "a second time changes nothing";
  EXPECT_EQ(refused(uploads_.form_of(upload)), "upload.form_used");
  ASSERT_EQ(claim().size(), 1U);
  EXPECT_TRUE(claim().empty()) << "leased";
  write([&](storage::Transaction& tx) { uploads_.done(tx, upload.id, second); });
  EXPECT_EQ(load(upload.id).state, UploadState::kDone);
  EXPECT_EQ(complete().value().file_id, second);
}

TEST_F(UploadsTest, a_lease_of_a_process_that_died_ends) {
  const Upload upload = fetched();
  ASSERT_EQ(claim().at(0).id, upload.id);
  EXPECT_EQ(load(upload.id).state, UploadState::kFetching);
  EXPECT_TRUE(claim().empty());
  stores_.clock.advance(minutes(4));
  write([&](storage::Transaction& tx) { uploads_.renew(tx, upload.id, minutes(5)); });
  stores_.clock.advance(minutes(4));
  EXPECT_TRUE(claim().empty()) << "work on it goes on";
  stores_.clock.advance(minutes(1));
  EXPECT_EQ(claim().at(0).tries, 2);
  write([&](storage::Transaction& tx) { uploads_.release_all(tx); });
  EXPECT_EQ(claim().size(), 1U) << "alone with the store, nobody else can hold it";
  write([&](storage::Transaction& tx) { uploads_.failed(tx, upload.id, not_found("file").error()); });
  stores_.clock.advance(hours(1));
  EXPECT_TRUE(claim().empty());
  EXPECT_EQ(load(upload.id).problem->code, "file.not_found");
}

TEST_F(UploadsTest, end_when_nobody_sends_or_asks_and_take_unused_files_with_them) {
  const Upload never_sent = announced(), never_asked = announced(), finished = announced();
  const std::int64_t unasked = file(), unused = file();
  write([&](storage::Transaction& tx) {
    uploads_.receive(tx, *uploads_.load(tx, never_asked.id), unasked, {}, files_);
    uploads_.done(tx, finished.id, unused);
  });
  stores_.clock.advance(hours(1) + seconds(1));
  EXPECT_EQ(tidy(), 1);
  EXPECT_EQ(load(never_sent.id).problem->code, "upload.expired");
  EXPECT_EQ(load(never_asked.id).state, UploadState::kReceived);
  stores_.clock.advance(days(1));
  EXPECT_EQ(tidy(), 1);
  EXPECT_FALSE(has_file(unasked));
  stores_.clock.advance(days(30));
  EXPECT_EQ(tidy(), 3);
  EXPECT_FALSE(has_file(unused));
  EXPECT_EQ(stores_.read([](storage::Transaction& tx) { return tx.value<std::int64_t>("select count(*) from upload"); }), 0);
}

TEST_F(UploadsTest, leave_a_file_that_a_publication_uses) {
  const Upload upload = announced();
  const std::int64_t used = file();
  write([&](storage::Transaction& tx) { uploads_.done(tx, upload.id, used); });
  stores_.clock.advance(days(30));
  EXPECT_EQ(tidy(true), 1);
  EXPECT_TRUE(has_file(used));
}

}  // namespace
}  // namespace postmypost::media
