# Debian 12's libraries under short names; all headers are SYSTEM so that our warnings stay ours.
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(fmt REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

function(packaged_library name)
  pkg_check_modules(${name}_package REQUIRED IMPORTED_TARGET ${ARGN})
  add_library(${name} INTERFACE)
  target_link_libraries(${name} INTERFACE PkgConfig::${name}_package)
  set_target_properties(PkgConfig::${name}_package PROPERTIES SYSTEM TRUE)
endfunction()

packaged_library(pq libpq)
packaged_library(sodium libsodium)
packaged_library(icu icu-uc icu-i18n)
packaged_library(vips vips-cpp)
packaged_library(archive libarchive)

# The program's malloc and operator new, by being linked: nothing calls it. Sanitizers bring their own.
add_library(allocator INTERFACE)
if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  find_package(mimalloc REQUIRED)
  target_link_libraries(allocator INTERFACE mimalloc)
  target_link_options(allocator INTERFACE -Wl,--no-as-needed)
endif()

# date-tz reads the system's zone files; ICU's own zones are years old in Debian 12 (docs/adr/0003).
find_package(date REQUIRED)
add_library(date-tz INTERFACE)
target_link_libraries(date-tz INTERFACE date::date-tz)

add_library(asio INTERFACE)
target_link_libraries(asio INTERFACE Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_compile_definitions(asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_NO_TS_EXECUTORS BOOST_ASIO_DISABLE_BOOST_DATE_TIME)

add_library(curl INTERFACE)
target_link_libraries(curl INTERFACE CURL::libcurl)
add_library(sqlite3 INTERFACE)
target_link_libraries(sqlite3 INTERFACE SQLite::SQLite3)
find_package(CLI11 REQUIRED)
add_library(cli11 INTERFACE)
target_link_libraries(cli11 INTERFACE CLI11::CLI11)
