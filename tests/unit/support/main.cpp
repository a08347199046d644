// Every unit test program: suites named Sqlite… are about that store alone and stay out of a run on the other.
#include <gmock/gmock.h>

#include "support/postgresql.hpp"

int main(int count, char** arguments) {
  testing::InitGoogleMock(&count, arguments);
  if (postmypost::support::tests_postgresql()) {
    auto& filter = GTEST_FLAG_GET(filter);
    GTEST_FLAG_SET(filter, filter + (filter.contains('-') ? ":" : "-") + "Sqlite*");
  }
  return RUN_ALL_TESTS();
}
