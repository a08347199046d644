// What a legal request may name of a person: read for that purpose only, kind by kind.
#include "identity/extract.hpp"

#include <algorithm>

#include "base/zones.hpp"
#include "identity/identity.hpp"

namespace postmypost::identity {
namespace {

using vault::KeyScope;
using storage::Transaction;

std::vector<std::string> sessions_of(Transaction& tx, std::int64_t user, std::string_view column) {
  std::vector<std::string> values;
  tx.each("select " + std::string(column) + " from session where user_id=$1 order by created_at, id", {user},
          [&](const storage::Row& row) { values.push_back(row.text(0)); });
  return values;
}

std::vector<std::string> addresses_of(Transaction& tx, const vault::Vault& vault, std::int64_t user) {
  std::vector<std::string> values;
  tx.each("select id, ip, created_at from session where user_id=$1 and length(ip) > 0 order by created_at, id", {user},
          [&](const storage::Row& row) {
            const vault::Place place{"session", "ip", row.integer(0), KeyScope::kUser, user};
            values.push_back(
                to_rfc3339(row.get<Instant>(2)) + " " +
                vault.open<Purpose::kLegal>(place, vault::Sealed<Category::kIpAddress>{row.blob(1)}));
          });
  return values;
}

std::vector<std::string> times_of(Transaction& tx, std::int64_t user) {
  std::vector<std::string> values;
  tx.each("select created_at, last_seen_at from session where user_id=$1 order by created_at, id", {user},
          [&](const storage::Row& row) {
            values.push_back(to_rfc3339(row.get<Instant>(0)) + " - " + to_rfc3339(row.get<Instant>(1)));
          });
  return values;
}

std::vector<std::string> agreements_of(Transaction& tx, std::int64_t user) {
  std::vector<std::string> values;
  tx.each("select document, version, at from acknowledgement where user_id=$1 order by at, document", {user},
          [&](const storage::Row& row) {
            values.push_back(row.text(0) + " " + std::to_string(row.integer(1)) + ", " + to_rfc3339(row.get<Instant>(2)));
          });
  return values;
}

template <Category C>
std::vector<std::string> own_value(Transaction& tx, const vault::Vault& vault, std::int64_t user, std::string_view column) {
  const auto sealed = tx.value<storage::Blob>("select " + std::string(column) + " from person where id=$1", user);
  if (!sealed) return {};
  return {vault.open<Purpose::kLegal>({"person", column, user, KeyScope::kUser, user}, vault::Sealed<C>{sealed->bytes})};
}

}  // namespace

bool may_be_extracted(Category category) { return std::ranges::find(kExtracted, category) != kExtracted.end(); }

std::vector<std::string> extract(Transaction& tx, const vault::Vault& vault, std::int64_t user, Category category) {
  switch (category) {
    case Category::kName: return own_value<Category::kName>(tx, vault, user, "name");
    case Category::kEmail: return own_value<Category::kEmail>(tx, vault, user, "email");
    case Category::kIpAddress: return addresses_of(tx, vault, user);
    case Category::kDevice: return sessions_of(tx, user, "device");
    case Category::kActivity: return times_of(tx, user);
    case Category::kAgreement: return agreements_of(tx, user);
    default: return {};
  }
}

}  // namespace postmypost::identity
