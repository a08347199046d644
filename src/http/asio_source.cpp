// The one translation unit that compiles Asio's and Beast's sources; everybody else sees
// declarations only.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
