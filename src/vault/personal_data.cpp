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
    columns("data_key", "scope version", kMeasure),
    columns("data_key", "owner",
            {.category = kPersonNumber,
             .retention = kServer,
             .erasure = kKeep,
             .note = "whose key it is; a destroyed key's row stays, so that a restore of old data erases its owner again; of no use to its person"}),
    columns("data_key", "wrapped", kMachine, "a key, wrapped by the master key; none once it was destroyed"),
    columns("data_key", "made_at drained_at destroyed_at", kTime),
    columns("key_check", "*", kMachine, "tells a wrong master key at the start"),
    items(Medium::kFile, "keys.sqlite keys.sqlite-wal keys.sqlite-shm keys.sqlite.part", kHolds,
          "the keys of what is sealed: data_key, key_check"),
    items(Medium::kFile, "key-copies/keys-*.sqlite key-copies/copy.part*", kHolds, "copies of the keys' database, for seven days"),
    items(Medium::kFile, "master.key master.key.part master.key.next master.key.next.part", kMachine, "wraps the keys"),
});

constexpr auto kEnds = std::to_array<Ends>({
    {kProof, "disclosure_result", "at < $1"},
    {kProof, "disclosure", "at < $1 and not exists (select 1 from disclosure_result r where r.disclosure_id = disclosure.id)"},
});

constexpr auto kBelongs = std::to_array<Belongs>({
    {"disclosure", Owner::kPerson, "user_id = $1", "user_id = null", true},
});

}  // namespace

constinit const PersonalData kPersonalData{"vault", kDeclared, kEnds, {}, kBelongs};

}  // namespace postmypost::vault
