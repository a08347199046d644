#include "storage/open_database.hpp"

namespace postmypost::storage {
namespace {

using Kind = DatabaseError::Kind;

TEST(Rows, keep_every_kind_of_value) {
  OpenDatabase db;
  db.run(
      "create table thing (n bigint, d double precision, t text, b bytea, at bigint, yes bigint)");
  const std::string text = "a\n\\x62 'ü' 🦜";
  for (const std::int64_t number :
       {std::int64_t{1} << 40, std::int64_t{1} << 62, std::int64_t{-5}}) {
    db->write([&](Transaction& tx) {
      tx.execute("delete from thing");
      tx.execute("insert into thing (n, d, t, b, at, yes) values ($1, $2, $3, $4, $5, $6)", number,
                 0.1, text, Blob{std::string("\0\xff", 2)}, Instant{number}, true);
    });
    const auto row = db->read([](Transaction& tx) {
      return *tx.row<std::int64_t, double, std::string, Blob, Instant, bool>(
          "select n, d, t, b, at, yes from thing");
    });
    EXPECT_EQ(std::get<0>(row), number);
    EXPECT_EQ(std::get<1>(row), 0.1);
    EXPECT_EQ(std::get<2>(row), text);
    EXPECT_EQ(std::get<3>(row).bytes, std::string("\0\xff", 2));
    EXPECT_EQ(std::get<4>(row), Instant{number});
    EXPECT_TRUE(std::get<5>(row));
  }
}

TEST(Rows, tell_nothing_from_empty) {
  OpenDatabase db;
  db.run("create table thing (id bigint, t text, b bytea)");
  db->write([](Transaction& tx) {
    tx.execute("insert into thing values (1, $1, $2)", "", Blob{});
    tx.execute("insert into thing values (2, $1, $2)", std::optional<std::string>(), nullptr);
  });
  const auto all = db->read([](Transaction& tx) {
    return tx.rows<int, std::optional<std::string>, std::optional<Blob>>(
        "select id, t, b from thing order by id");
  });
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(std::get<1>(all[0]), "");
  ASSERT_TRUE(std::get<2>(all[0]));
  EXPECT_EQ(std::get<2>(all[0])->bytes, "");
  EXPECT_FALSE(std::get<1>(all[1]));
  EXPECT_FALSE(std::get<2>(all[1]));
}

TEST(Rows, refuse_to_be_read_as_what_they_are_not) {
  OpenDatabase db;
  const auto read = [&]<class T>(T, std::string_view sql) {
    return failure_of([&] { db->read([&](Transaction& tx) { return tx.value<T>(sql); }); });
  };
  EXPECT_EQ(read(std::int64_t{}, "select null"), Kind::kOther);
  EXPECT_EQ(read(std::int64_t{}, "select '12 apples'"), Kind::kOther);
  EXPECT_EQ(read(std::string{}, "select 12"), Kind::kOther);
  EXPECT_EQ(read(int{}, "select 1099511627776"), Kind::kOther);
  EXPECT_EQ(read(std::int64_t{}, "select 1099511627776"), std::nullopt);
}

TEST(Rows, of_no_match_are_nothing) {
  OpenDatabase db;
  db->read([](Transaction& tx) {
    EXPECT_EQ(tx.value<int>("select 1 where 1=2"), std::nullopt);
    EXPECT_EQ((tx.row<int, int>("select 1, 2 where 1=2")), std::nullopt);
    EXPECT_TRUE(tx.rows<int>("select 1 where 1=2").empty());
    const auto null = tx.value<std::optional<int>>("select null");
    ASSERT_TRUE(null.has_value());
    EXPECT_EQ(*null, std::nullopt);
  });
}

TEST(Parameters, are_bound_by_their_number_and_may_repeat) {
  OpenDatabase db;
  db->read([](Transaction& tx) {
    EXPECT_EQ(tx.value<std::string>("select $2 || $1 || $2", "a", "b"), "bab");
    EXPECT_EQ(tx.value<std::string>("select $2 || $1 || $2", "c", "d"), "dcd");
  });
}

TEST(Parameters, must_be_as_many_as_the_statement_has) {
  OpenDatabase db;
  const auto read = [&](std::string_view sql, auto... arguments) {
    return failure_of([&] { db->read([&](Transaction& tx) { tx.value<int>(sql, arguments...); }); });
  };
  EXPECT_EQ(read("select $1 + $2", 1), Kind::kOther);
  EXPECT_EQ(read("select $1", 1, 2), Kind::kOther);
  EXPECT_EQ(read("select ?", 1), Kind::kOther);
  EXPECT_EQ(read("select 1; select 2"), Kind::kOther);
}

TEST(Statements, may_run_inside_their_own_rows) {
  OpenDatabase db;
  db->read([](Transaction& tx) {
    constexpr std::string_view sql = "select 1 union all select 2";
    int sum = 0;
    tx.each(sql, {}, [&](const Row& outer) {
      tx.each(sql, {}, [&](const Row& inner) { sum += outer.get<int>(0) * inner.get<int>(0); });
    });
    EXPECT_EQ(sum, 9);
  });
}

TEST(Statements, of_many_texts_do_not_pile_up_wrongly) {
  OpenDatabase db;
  db->write([](Transaction& tx) {
    for (int round = 0; round < 2; ++round) {
      for (int i = 0; i < 500; ++i) {
        ASSERT_EQ(tx.value<int>("select " + std::to_string(i) + " + $1", 1), i + 1);
      }
    }
  });
}

TEST(Statements, tell_how_many_rows_they_changed) {
  OpenDatabase db;
  db->write([](Transaction& tx) {
    EXPECT_EQ(tx.execute("create table thing (id bigint primary key)"), 0);
    EXPECT_EQ(tx.execute("insert into thing values (1), (2), (3)"), 3);
    EXPECT_EQ(tx.execute("update thing set id=id where id=7"), 0);
    EXPECT_EQ(tx.execute("create table other (id bigint)"), 0);
    EXPECT_EQ(tx.execute("delete from thing where id>1"), 2);
  });
}

TEST(Failures, name_the_broken_constraint) {
  OpenDatabase db;
  db.run("create table parent (id bigint primary key)");
  db.run(
      "create table child (id bigint primary key, parent_id bigint not null references parent "
      "(id), "
      "name text unique, age bigint check (age > 0))");
  db.run("insert into parent values (1)");
  db.run("insert into child values (1, 1, 'a', 1)");
  const auto kind = [&](std::string_view sql) { return failure_of([&] { db.run(sql); }); };
  EXPECT_EQ(kind("insert into child values (1, 1, 'b', 1)"), Kind::kUnique);
  EXPECT_EQ(kind("insert into child values (2, 1, 'a', 1)"), Kind::kUnique);
  EXPECT_EQ(kind("insert into child values (2, 9, 'b', 1)"), Kind::kForeignKey);
  EXPECT_EQ(kind("insert into child values (2, 1, 'b', 0)"), Kind::kCheck);
  EXPECT_EQ(kind("insert into child values (2, null, 'b', 1)"), Kind::kCheck);
  EXPECT_EQ(kind("delete from parent where id=1"), Kind::kForeignKey);
  EXPECT_EQ(kind("insert into nowhere values (1)"), Kind::kOther);
  EXPECT_EQ(db.count("child"), 1);
}

TEST(Failures, never_quote_bound_values) {
  OpenDatabase db;
  db.run("create table person (email text unique)");
  const auto text_of = [&](std::string_view sql, std::string_view value) {
    try {
      db->write([&](Transaction& tx) {
        tx.execute("insert into person values ('secret@example.org') on conflict do nothing");
        tx.execute(sql, value);
      });
    } catch (const DatabaseError& failure) {
      return std::string(failure.what());
    }
    return std::string("no failure");
  };
  const std::string unique = text_of("insert into person values ($1)", "secret@example.org");
  EXPECT_NE(unique.find("UNIQUE"), std::string::npos);
  EXPECT_EQ(unique.find("secret"), std::string::npos);
}

TEST(SqliteFailures, never_quote_what_a_function_quotes) {
  OpenDatabase db;
  try {
    db->write([](Transaction& tx) { tx.execute("select json_extract('{}', $1)", "secret path"); });
    ADD_FAILURE() << "no failure";
  } catch (const DatabaseError& failure) {
    EXPECT_EQ(std::string(failure.what()).find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace postmypost::storage
