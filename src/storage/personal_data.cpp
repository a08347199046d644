#include "storage/personal_data.hpp"

namespace postmypost::storage {
namespace {

using enum Category;
using enum Kept;
using enum Retention;
using enum Erasure;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("schema_version", "*", kMachine, "which migrations ran"),
    columns("id_block", "*", kMachine, "which ids were given out"),
    items(Medium::kFile, "postmypost.sqlite postmypost.sqlite-wal postmypost.sqlite-shm", kHolds,
          "the tables of this registry"),
});

}  // namespace

constinit const PersonalData kPersonalData{"storage", kDeclared};

}  // namespace postmypost::storage
