// The real worker program on hostile and honest bytes. PNGs are made by hand; JPEGs come out of the worker itself.
#include <gtest/gtest.h>

#include <boost/crc.hpp>

#include "media/files.hpp"

namespace postmypost::media {
namespace {

std::string u32(std::uint32_t n) {
  return {static_cast<char>(n >> 24U), static_cast<char>(n >> 16U & 255U), static_cast<char>(n >> 8U & 255U), static_cast<char>(n & 255U)};
}

std::string chunk(const std::string& type, const std::string& data) {
  boost::crc_32_type crc;
  crc.process_bytes(type.data(), type.size());
  crc.process_bytes(data.data(), data.size());
  return u32(static_cast<std::uint32_t>(data.size())) + type + data + u32(crc.checksum());
}

// Stored (uncompressed) deflate blocks are enough for a valid PNG.
std::string png(std::uint32_t width, std::uint32_t height, const std::string& extra = {}) {
  std::string raw;
  for (std::uint32_t y = 0; y < height; ++y) raw += '\0' + std::string(width * 3, static_cast<char>(y));
  std::uint32_t a = 1, b = 0;
  for (const char c : raw) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  std::string z = "\x78\x01";
  for (std::size_t at = 0; at < raw.size(); at += 65535) {
    const auto n = static_cast<std::uint16_t>(std::min<std::size_t>(65535, raw.size() - at));
    z += static_cast<char>(at + n == raw.size() ? 1 : 0);
    for (const std::uint16_t v : {n, static_cast<std::uint16_t>(~n)}) {
      z += static_cast<char>(v & 255U);
      z += static_cast<char>(v >> 8U);
    }
    z += raw.substr(at, n);
  }
  z += u32(b << 16U | a);
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", u32(width) + u32(height) + std::string("\x08\x02\0\0\0", 5)) + extra + chunk("IDAT", z) + chunk("IEND", "");
}

// A TIFF block with orientation 6 (a quarter turn) and a GPS latitude, as a camera writes it.
std::string exif_with_gps() {
  const auto u16le = [](std::uint16_t n) { return std::string{static_cast<char>(n & 255U), static_cast<char>(n >> 8U)}; };
  const auto u32le = [&](std::uint32_t n) { return u16le(static_cast<std::uint16_t>(n & 0xffffU)) + u16le(static_cast<std::uint16_t>(n >> 16U)); };
  std::string tiff = "II*" + std::string(1, '\0') + u32le(8);
  tiff += u16le(2) + u16le(0x0112) + u16le(3) + u32le(1) + u32le(6) + u16le(0x8825) + u16le(4) + u32le(1) + u32le(38) + u32le(0);
  tiff += u16le(2) + u16le(1) + u16le(2) + u32le(2) + std::string("N\0\0\0", 4) + u16le(2) + u16le(5) + u32le(3) + u32le(68) + u32le(0);
  for (int i = 0; i < 3; ++i) tiff += u32le(55) + u32le(1);
  return tiff;
}

class Cleaner : public testing::Test {
 protected:
  std::unique_ptr<PictureCleaner> cleaner_ = make_picture_cleaner(POSTMYPOST_PICTURE_WORKER);
  std::string refusal(const std::string& bytes) {
    const auto result = cleaner_->clean(bytes);
    return result ? "" : result.error().code;
  }
};

TEST_F(Cleaner, keeps_a_drawing_as_png_and_makes_a_thumbnail) {
  const auto picture = cleaner_->clean(png(600, 300)).value();
  EXPECT_EQ(picture.mime, "image/png");
  EXPECT_EQ(picture.width, 600);
  EXPECT_TRUE(picture.original.starts_with("\x89PNG"));
  EXPECT_EQ(picture.thumbnail.substr(8, 4), "WEBP");
  EXPECT_TRUE(picture.removed.empty());
}

TEST_F(Cleaner, turns_upright_and_takes_place_and_camera_out) {
  const std::string tiff = exif_with_gps();
  const auto picture = cleaner_->clean(png(40, 20, chunk("eXIf", tiff))).value();
  EXPECT_EQ(picture.width, 20) << "turned";
  EXPECT_EQ(picture.height, 40);
  EXPECT_EQ(picture.removed, (std::vector<std::string>{"gps", "exif"}));
  EXPECT_EQ(picture.original.find("eXIf"), std::string::npos);
  EXPECT_EQ(picture.original.find(tiff.substr(0, 16)), std::string::npos);
}

TEST_F(Cleaner, brings_a_large_picture_to_what_networks_take) {
  const auto picture = cleaner_->clean(png(3000, 1500)).value();
  EXPECT_EQ(picture.width, 2560);
  EXPECT_LT(picture.original.size(), 1'900'001U);
}

TEST_F(Cleaner, refuses_bombs_stumps_and_what_is_no_picture) {
  std::string bomb = png(4, 4);
  bomb.replace(8, 25, chunk("IHDR", u32(50'000) + u32(50'000) + std::string("\x08\x02\0\0\0", 5)));
  EXPECT_EQ(refusal(bomb), "picture.too_many_pixels");
  EXPECT_EQ(refusal(png(100, 100).substr(0, 5000)), "picture.unreadable");
  EXPECT_EQ(refusal(""), "picture.format");
  EXPECT_EQ(refusal("<svg xmlns='http://www.w3.org/2000/svg'/>"), "picture.format");
  EXPECT_EQ(refusal("%PDF-1.7"), "picture.format");
  EXPECT_EQ(refusal(std::string("\xff\xd8\xff", 3) + "<html><script>"), "picture.unreadable") << "a polyglot is no JPEG";
  EXPECT_EQ(refusal("GIF89a"), "picture.unreadable");
}

TEST_F(Cleaner, goes_on_after_a_refusal) {
  EXPECT_EQ(refusal("junk"), "picture.format");
  EXPECT_TRUE(cleaner_->clean(png(10, 10)));
}

}  // namespace
}  // namespace postmypost::media
