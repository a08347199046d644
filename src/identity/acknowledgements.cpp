// Notes of having read the policy and the terms, one for each version.
#include "identity/acknowledgements.hpp"

#include <array>

#include "identity/identity.hpp"

namespace postmypost::identity {
namespace {

struct Current {
  std::string_view document;
  int version;
};
constexpr std::array kCurrent{Current{"policy", kPolicyVersion}, Current{"terms", kTermsVersion}};

bool has_read(storage::Transaction& tx, std::int64_t user, const Current& text) {
  return tx.value<std::int64_t>("select 1 from acknowledgement where user_id=$1 and document=$2 and version=$3 limit 1", user,
                                text.document, text.version)
      .has_value();
}

}  // namespace

bool has_acknowledged(storage::Transaction& tx, std::int64_t user) {
  static_assert(kCurrent.size() == 2);
  return tx
      .value<int>(
          "select 1 where exists (select 1 from acknowledgement where user_id=$1 and document=$2 and version=$3) and "
          "exists (select 1 from acknowledgement where user_id=$1 and document=$4 and version=$5)",
          user, kCurrent[0].document, kCurrent[0].version, kCurrent[1].document, kCurrent[1].version)
      .has_value();
}

void Identity::acknowledge(storage::Transaction& tx, std::int64_t user, const std::string& locale, const Settings& settings) {
  for (const Current& text : kCurrent) {
    if (has_read(tx, user, text)) continue;
    const Document document =
        render_document(text.document, locale == "ru" ? "ru" : "en", settings.operator_name, settings.operator_contact)
            .value();
    tx.execute(
        "insert into acknowledgement (id, user_id, document, version, sha256, locale, at) values ($1,$2,$3,$4,$5,$6,$7)",
        tx.next_id("acknowledgement"), user, text.document, text.version, document.sha256, document.locale, clock_.now());
  }
}

Result<> Identity::acknowledge(std::int64_t user, std::int64_t policy_version, std::int64_t terms_version,
                               const std::string& locale) {
  if (policy_version != kPolicyVersion || terms_version != kTermsVersion) {
    return fail({.kind = ErrorKind::kConflict,
                 .code = "policy.version_not_current",
                 .detail = "The texts that were shown are not the current ones.",
                 .field = policy_version != kPolicyVersion ? "/policy_version" : "/terms_version",
                 .rule = "current_version",
                 .how_to_fix = "Load the page again and read what it shows."});
  }
  const Settings now = settings();
  database_.write([&](storage::Transaction& tx) { acknowledge(tx, user, locale, now); });
  return {};
}

std::vector<AcknowledgementRow> Identity::acknowledgements(std::int64_t user) const {
  return database_.read([&](storage::Transaction& tx) {
    std::vector<AcknowledgementRow> rows;
    tx.each("select document, version, sha256, locale, at from acknowledgement where user_id=$1 order by at, document", {user},
            [&](const storage::Row& row) {
              rows.push_back({row.text(0), row.integer(1), row.text(2), row.text(3), row.get<Instant>(4)});
            });
    return rows;
  });
}

std::vector<Unread> Identity::unread(std::int64_t user) const {
  return database_.read([&](storage::Transaction& tx) {
    std::vector<Unread> texts;
    for (const Current& text : kCurrent) {
      if (has_read(tx, user, text)) continue;
      const auto before = tx.value<std::optional<std::int64_t>>(
          "select max(version) from acknowledgement where user_id=$1 and document=$2", user, text.document);
      texts.push_back({std::string(text.document), text.version, before.value_or(std::nullopt)});
    }
    return texts;
  });
}

}  // namespace postmypost::identity
