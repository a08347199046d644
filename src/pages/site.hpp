// Everything under "/@": routing, caching, visibility.
#pragma once

#include "http/message.hpp"
#include "pages/pages.hpp"
#include "storage/blobs.hpp"
#include "storage/database.hpp"

namespace postmypost::pages {

class Site {
 public:
  Site(storage::Database& database, const Pages& pages, const storage::Blobs& blobs)
      : database_(database), pages_(pages), blobs_(blobs) {}

  // For GET and HEAD of a path that begins with "/@". `public_url` makes absolute addresses.
  http::Response respond(const http::Request& request, const std::string& public_url) const;

 private:
  http::Response list(const http::Request& request, const Page& page, const std::string& public_url) const;
  http::Response feed(const Page& page, bool json, const std::string& public_url) const;
  http::Response picture(const Page& page, std::string_view name) const;

  storage::Database& database_;
  const Pages& pages_;
  const storage::Blobs& blobs_;
};

}  // namespace postmypost::pages
