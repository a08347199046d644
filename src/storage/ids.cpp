#include "storage/database.hpp"

namespace postmypost::storage {

void raise_ids(Database& database, std::string_view table, std::int64_t at_least) {
  database.write([&](Transaction& tx) {
    tx.execute("insert into id_block (name, next) values ($1, $2) on conflict (name) do update set next=excluded.next "
               "where excluded.next > id_block.next",
               table, at_least);
  });
}

}  // namespace postmypost::storage
