#include "vault/personal_data.hpp"

namespace postmypost::vault {
namespace {

using enum Category;
using enum Kept;
using enum Retention;
using enum Erasure;
using enum Reason;

constexpr auto kDeclared = std::to_array<Declared>({
    columns("disclosure", "id project_id account_id publication_id", kId),
    columns("disclosure", "user_id",
            {.category = kPersonNumber, .retention = kProof, .erasure = kNull, .exported = "disclosures.json"}),
    columns("disclosure", "at recipient_host recipient country what purpose clause evidence",
            {.category = kDisclosure,
             .retention = kProof,
             .erasure = kKeep,
             .exported = "disclosures.json",
             .note = "kinds of data and recipients, never values: the proof of what left"}),
    columns("disclosure_result", "id disclosure_id", kId),
    columns("disclosure_result", "outcome at",
            {.category = kDisclosure,
             .retention = kProof,
             .erasure = kKeep,
             .exported = "disclosures.json",
             .note = "the second half of that proof"}),
    columns("data_key", "scope", kMeasure),
    columns("data_key", "owner",
            {.category = kPersonNumber, .note = "whose key it is; goes with the key; of no use to its person"}),
    columns("data_key", "wrapped", kMachine, "a key, wrapped by the master key"),
    columns("key_check", "*", kMachine, "tells a wrong master key at the start"),
    items(Medium::kFile, "keys.sqlite keys.sqlite-wal keys.sqlite-shm", kHolds,
          "the keys of what is sealed: data_key, key_check"),
    items(Medium::kFile, "master.key master.key.part", kMachine, "wraps the keys"),
});

}  // namespace

constinit const PersonalData kPersonalData{"vault", kDeclared};

}  // namespace postmypost::vault
