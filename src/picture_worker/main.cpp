// postmypost-picture-worker: one picture in on standard input, the cleaned picture and its thumbnail out on standard output.
//
// Out comes one line of JSON, then the bytes it announces:
//   {"mime","width","height","original":bytes,"thumbnail":bytes,"removed":["gps","exif"]}   or   {"error":"picture.…"}
// The picture is turned upright, brought to sRGB, stripped of all metadata, at most 2,560 px on its longer side and, as a JPEG,
// under 1.9 MB (Bluesky takes 2 MB). Only JPEG, PNG, WebP and still GIF are read, by their own loaders; a program of its own
// so that the server never loads libvips.
#include <unistd.h>
#include <vips/vips8>

#include <array>
#include <cstdio>
#include <optional>
#include <string>

#include "lockdown.hpp"

namespace {

using vips::VImage;
using vips::VOption;

constexpr std::size_t kMostInput = 64U << 20U;
constexpr double kMostPixels = 50e6;
constexpr int kLongestSide = 2560;
constexpr int kThumbnailSide = 480;
constexpr std::size_t kComfortableBytes = 1'900'000;

struct Refused {
  const char* code;
};

std::string read_input() {
  std::string all;
  std::array<char, 65536> chunk{};
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (got < 0) throw Refused{"picture.unreadable"};
    if (got == 0) return all;
    all.append(chunk.data(), static_cast<std::size_t>(got));
    if (all.size() > kMostInput) throw Refused{"picture.too_heavy"};
  }
}

void write_output(const void* bytes, std::size_t size) {
  const auto* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written = ::write(STDOUT_FILENO, at, size);
    if (written < 0) ::_exit(3);
    at += written;
    size -= static_cast<std::size_t>(written);
  }
}

bool starts_with(const std::string& bytes, std::string_view magic, std::size_t at = 0) {
  return bytes.compare(at, magic.size(), magic) == 0;
}

VImage load(VipsBlob* blob, const std::string& bytes) {
  // Random access: autorotation reads the picture in another order than the file has it.
  VOption* options = VImage::option()->set("fail_on", VIPS_FAIL_ON_TRUNCATED);
  if (starts_with(bytes, "\xff\xd8\xff")) return VImage::jpegload_buffer(blob, options);
  if (starts_with(bytes, "\x89PNG\r\n\x1a\n")) return VImage::pngload_buffer(blob, options);
  if (starts_with(bytes, "RIFF") && starts_with(bytes, "WEBP", 8)) return VImage::webpload_buffer(blob, options);
  if (starts_with(bytes, "GIF8")) return VImage::gifload_buffer(blob, options->set("n", -1));
  delete options;
  throw Refused{"picture.format"};
}

bool has_field_of(const VImage& image, std::string_view prefix) {
  gchar** const fields = vips_image_get_fields(image.get_image());
  bool found = false;
  for (gchar** field = fields; field && *field; ++field) found = found || std::string_view(*field).starts_with(prefix);
  g_strfreev(fields);
  return found;
}

std::string removed_list(const VImage& image) {
  std::string list;
  if (has_field_of(image, "exif-ifd3-GPS")) list += "\"gps\"";
  if (image.get_typeof("exif-data") != 0) list += list.empty() ? "\"exif\"" : ",\"exif\"";
  return list;
}

VImage upright_srgb(VImage image) {
  image = image.autorot();
  if (image.get_typeof("icc-profile-data") != 0) {
    image = image.icc_transform("srgb", VImage::option()->set("embedded", true)->set("intent", VIPS_INTENT_PERCEPTUAL));
  }
  image = image.colourspace(VIPS_INTERPRETATION_sRGB);
  return image.format() == VIPS_FORMAT_UCHAR ? image : image.cast(VIPS_FORMAT_UCHAR);
}

VImage at_most(const VImage& image, int side) {
  return image.thumbnail_image(side, VImage::option()->set("height", side)->set("size", VIPS_SIZE_DOWN));
}

struct Encoded {
  const char* mime;
  VipsBlob* blob;
};

VipsBlob* jpeg(const VImage& image, int quality) {
  const VImage flat = image.has_alpha() ? image.flatten(VImage::option()->set("background", 255)) : image;
  return flat.jpegsave_buffer(VImage::option()->set("Q", quality)->set("strip", true)->set("optimize_coding", true));
}

std::size_t size_of(VipsBlob* blob) {
  std::size_t size = 0;
  vips_blob_get(blob, &size);
  return size;
}

// Drawings and see-through pictures stay PNG while they are light; everything else is a JPEG of the best quality that fits.
Encoded encode(const VImage& image, bool lossless_source) {
  if (lossless_source || image.has_alpha()) {
    VipsBlob* png = image.pngsave_buffer(VImage::option()->set("strip", true)->set("compression", 7));
    if (size_of(png) <= kComfortableBytes || image.has_alpha()) return {"image/png", png};
    vips_area_unref(VIPS_AREA(png));
  }
  for (const int quality : {88, 80, 70}) {
    VipsBlob* blob = jpeg(image, quality);
    if (size_of(blob) <= kComfortableBytes || quality == 70) return {"image/jpeg", blob};
    vips_area_unref(VIPS_AREA(blob));
  }
  throw Refused{"picture.unreadable"};
}

void clean(const std::string& bytes) {
  VipsBlob* blob = vips_blob_new(nullptr, bytes.data(), bytes.size());
  VImage image = load(blob, bytes);
  if (image.get_typeof("n-pages") != 0 && image.get_int("n-pages") > 1) throw Refused{"picture.animated"};
  if (static_cast<double>(image.width()) * image.height() > kMostPixels) throw Refused{"picture.too_many_pixels"};
  const std::string removed = removed_list(image);
  const bool lossless = !starts_with(bytes, "\xff\xd8\xff") && !starts_with(bytes, "RIFF");
  image = at_most(upright_srgb(image).copy_memory(), kLongestSide).copy_memory();
  const Encoded original = encode(image, lossless);
  VipsBlob* thumbnail =
      at_most(image, kThumbnailSide).webpsave_buffer(VImage::option()->set("Q", 78)->set("strip", true));
  const std::string line = "{\"mime\":\"" + std::string(original.mime) + "\",\"width\":" + std::to_string(image.width()) +
                           ",\"height\":" + std::to_string(image.height()) +
                           ",\"original\":" + std::to_string(size_of(original.blob)) +
                           ",\"thumbnail\":" + std::to_string(size_of(thumbnail)) + ",\"removed\":[" + removed + "]}\n";
  write_output(line.data(), line.size());
  std::size_t size = 0;
  const void* data = vips_blob_get(original.blob, &size);
  write_output(data, size);
  data = vips_blob_get(thumbnail, &size);
  write_output(data, size);
}

void refuse(const char* code) {
  const std::string line = "{\"error\":\"" + std::string(code) + "\"}\n";
  write_output(line.data(), line.size());
}

}  // namespace

int main(int, char** arguments) {
  if (VIPS_INIT(arguments[0]) != 0) return 2;
  vips_block_untrusted_set(TRUE);
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  if (!postmypost::picture_worker::lock_down()) return 2;
  try {
    clean(read_input());
  } catch (const Refused& why) {
    refuse(why.code);
  } catch (const vips::VError&) {
    refuse("picture.unreadable");
  }
  // Destructors of a decoder that met hostile bytes are not worth running.
  ::_exit(0);
}
