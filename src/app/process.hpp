// What the process asks of the system before anything else.
#pragma once

namespace postmypost::app {

// As many open files as the system allows: each delivery in flight holds a connection, and Debian's soft limit is 1,024.
void allow_many_files();

}  // namespace postmypost::app
