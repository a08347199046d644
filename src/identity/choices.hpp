// What a person decides about the purposes that are theirs to decide (base/purposes.hpp): a consent to improvement, the switch
// of personalisation, an objection to what rests on an interest (clauses 2.2.2, 2.2.4, 3.2.3).
//
// Each decision is a row that is only ever added: what was chosen, which text was shown where, when, and a proof that the row
// was written here. The newest row of a purpose counts; without one a consent is missing and everything else goes on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "storage/database.hpp"
#include "vault/vault.hpp"

namespace postmypost::identity {

// Which text the person had before them, and where they said what they said.
struct ShownChoice {
  std::int64_t version = 0;  // of the purpose's text
  std::string locale;
  std::string screen, control;  // ids of the page and of what was pressed on it
};

struct ChoiceRow {
  std::int64_t number = 0;  // counts the decisions of this person about this purpose
  std::string purpose;      // code
  std::string choice;       // "given", "withdrawn", "off", "on", "objected", "taken_back"
  ShownChoice shown;
  std::string sha256;  // of the text
  std::int64_t policy_version = 0;
  Instant at;
  std::string proof;
};

class Choices final : public vault::Permissions {
 public:
  Choices(storage::Database& database, const vault::Vault& vault, const Clock& clock)
      : database_(database), vault_(vault), clock_(clock) {}

  // True for what is nobody's to decide.
  bool permits(storage::Transaction& tx, std::int64_t user, Purpose purpose) const override;

  // Stores the decision; the same decision twice is stored once. An objection to `security` erases the addresses of the
  // person's sessions in the same transaction. Errors: `choice.not_found` for a purpose that is not decided about,
  // `choice.text_not_current`, `choice.shown` when screen or control have no name.
  Result<> choose(std::int64_t user, Purpose purpose, bool permitted, const ShownChoice& shown,
                  std::string_view operator_name, std::string_view operator_contact);

  // Of one person, newest last.
  std::vector<ChoiceRow> history(std::int64_t user) const;
  // Whether the row was written here and is as it was.
  bool is_genuine(std::int64_t user, const ChoiceRow& row) const;

 private:
  std::string proof_of(std::int64_t user, const ChoiceRow& row) const;

  storage::Database& database_;
  const vault::Vault& vault_;
  const Clock& clock_;
};

}  // namespace postmypost::identity
