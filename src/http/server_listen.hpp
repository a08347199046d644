// Opens the sockets the server listens on; plain POSIX, so that Asio only ever sees open
// descriptors.
#pragma once

#include <string>

#include "base/result.hpp"

namespace postmypost::http {

struct Listening {
  int fd = -1;
  unsigned short port = 0;  // 0 for a Unix socket
};

// Errors: `listen.in_use` names the address; `listen.refused` says why (no such host, no right to
// the port).
Result<Listening> listen_tcp(const std::string& host, unsigned short port);

// Mode 0600 from the first moment. A socket left behind by a dead server is removed, but only when
// nobody answers on it. Errors as above.
Result<Listening> listen_unix(const std::string& path);

}  // namespace postmypost::http
