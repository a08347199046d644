#include "cabinet/taking.hpp"

#include "base/zones.hpp"
#include "cabinet/refusal.hpp"

namespace postmypost::cabinet {
namespace {

using storage::Transaction;
using vault::Category;

constexpr std::int64_t kRowsAtOnce = 50;

Error brought() {
  return {.kind = ErrorKind::kConflict,
          .code = "account.brought",
          .detail = "This account came with an archive, without its keys.",
          .how_to_fix = "Open Accounts and connect it again."};
}

}  // namespace

std::vector<std::int64_t> Taking::reserve() {
  std::vector<std::int64_t> made;
  rooms_.database.write([&](Transaction& tx) {
    made.clear();
    for (const auto& [id, project] : incoming_.projects) made.push_back(projects_[id] = tx.next_id("project"));
  });
  return made;
}

Result<> Taking::fill(const std::map<std::string, StoredPicture>& pictures) {
  const auto made = rooms_.database.write([&](Transaction& tx) -> Result<> {
    for (const auto& [id, project] : incoming_.projects) {
      TRY(rooms_.projects.bring(tx, projects_[id], project.name, project.zone, project.created_at));
    }
    return {};
  });
  if (!made) return fail(wrong_row("project", "name"));
  TRY(fill_accounts());
  TRY(fill_rubrics());
  fill_files(pictures);
  return fill_publications();
}

Result<> Taking::fill_accounts() {
  for (const auto& [id, from] : incoming_.accounts) {
    if (!rooms_.catalogue.find(from.channel)) return fail(wrong_row("account", "channel"));
    projects::AccountRow row;
    row.project_id = projects_[from.project_id];
    row.channel = from.channel;
    row.connected_at = row.verified_at = from.connected_at;
    if (from.profile && !projects::AccountRows::read_exported(row, *from.profile)) return fail(wrong_row("account", "profile"));
    rooms_.database.write([&](Transaction& tx) {
      const std::int64_t made = rooms_.accounts.insert(tx, row, {});
      accounts_[id] = made;
      if (from.profile) {
        rooms_.accounts.forget_secrets(tx, made);
        rooms_.accounts.needs_reconnect(tx, made, brought());
      } else {
        rooms_.accounts.disconnect(tx, made, now_);
      }
    });
    going_on_();
  }
  return {};
}

Result<> Taking::fill_rubrics() {
  const ManualClock now(now_);
  const publications::Rubrics rubrics(rooms_.vault, now);
  for (const auto& [id, from] : incoming_.rubrics) {
    const auto made = rooms_.database.write([&](Transaction& tx) {
      return rubrics.create(tx, projects_[from.project_id], from.name);
    });
    if (!made) return fail(wrong_row("rubric", "name"));
    rubrics_[id] = made->id;
    going_on_();
  }
  return {};
}

void Taking::fill_files(const std::map<std::string, StoredPicture>& pictures) {
  for (const auto& [id, from] : incoming_.files) {
    const StoredPicture& stored = pictures.at(from.blob);
    rooms_.database.write([&](Transaction& tx) {
      const media::File file = rooms_.files.insert(tx, projects_[from.project_id], from.name, stored.picture, stored.original_blob, stored.thumbnail_blob);
      tx.execute("update file set created_at=$2, bytes=$3 where id=$1", file.id, from.created_at, stored.bytes);
      files_[id] = file.id;
    });
    going_on_();
  }
}

Result<> Taking::fill_publications() {
  for (const auto& [id, from] : incoming_.publications) {
    TRY(write(from));
    going_on_();
  }
  return {};
}

publications::Detail Taking::detail_of(const IncomingDetail& from) const {
  publications::Detail detail{.account_id = {}, .text = from.text, .pictures = {}};
  if (const auto account = from.account_id ? accounts_.find(*from.account_id) : accounts_.end(); account != accounts_.end()) {
    detail.account_id = account->second;
  }
  detail.kind = publications::kind_of(from.kind);
  detail.link = from.link;
  detail.title = from.title;
  detail.first_comment = from.first_comment;
  if (from.options) detail.options = publications::options_from(*from.options);
  for (const auto& [position, picture] : from.pictures) detail.pictures.push_back({files_.at(picture.file_id), picture.alt});
  return detail;
}

// The publication itself, and behind it a draft for each version that was for a team's account, which is not here.
std::vector<publications::Publication> Taking::drafts_of(const IncomingPublication& from) const {
  publications::Publication p;
  p.project_id = projects_.at(from.project_id);
  p.author_id = user_;
  p.zone = from.zone;
  p.language = from.language;
  p.late_policy = from.late_policy == "skip" ? publications::LatePolicy::kSkip : publications::LatePolicy::kHold;
  if (from.wall_time) p.wall_time = parse_wall_time(*from.wall_time);
  p.instant = from.instant;
  p.stage = publications::stage_of(from.stage);
  if (from.rubric_id) p.rubric_id = rubrics_.at(*from.rubric_id);
  p.delete_at = from.delete_at;
  publications::Publication other = p;
  p.timing = from.posts.empty() ? publications::Timing::kDraft : publications::Timing::kAt;
  for (const auto& [position, account] : from.accounts) p.account_ids.push_back(accounts_.at(account));
  std::vector<publications::Publication> all;
  for (const auto& [id, detail] : from.details) {
    if (!detail.account_id || accounts_.contains(*detail.account_id)) {
      p.details.push_back(detail_of(detail));
    } else {
      other.details = {detail_of(detail)};
      all.push_back(other);
    }
  }
  all.insert(all.begin(), std::move(p));
  return all;
}

Result<> Taking::write(const IncomingPublication& from) {
  std::vector<publications::Publication> all = drafts_of(from);
  if (all.front().timing == publications::Timing::kAt && !all.front().instant) return fail(wrong_row("publication", "instant"));
  try {
    rooms_.database.write([&](Transaction& tx) {
      for (const publications::Publication& p : all) {
        const publications::Publication saved = *rooms_.publications.save(tx, p);
        tx.execute("update publication set created_at=$2, updated_at=$3 where id=$1", saved.id, from.created_at, from.updated_at);
        if (p.timing == publications::Timing::kDraft) continue;
        for (const IncomingPost& post : from.posts) {
          if (!saved.has_detail_for(accounts_.at(post.account_id))) continue;  // it had been taken out, with its version
          rooms_.planning.bring(tx, saved,
                                {.account_id = accounts_.at(post.account_id),
                                 .channel = incoming_.accounts.at(post.account_id).channel,
                                 .due = post.due,
                                 .sent_at = post.sent_at,
                                 .remote_id = post.remote_id,
                                 .permalink = post.permalink});
        }
      }
    });
  } catch (const storage::DatabaseError& failure) {
    if (failure.kind() != storage::DatabaseError::Kind::kUnique) throw;
    return fail(wrong_row("delivery", "remote_id"));  // two posts of one name
  }
  return {};
}

void Taking::open(Transaction& tx) const {
  for (const auto& [id, project] : projects_) rooms_.projects.add_member(tx, project, user_, projects::Right::kOwner);
  tx.execute("update person set locale=$2, theme=$3 where id=$1", user_, incoming_.locale, incoming_.theme);
}

void Taking::undo(storage::Database& database, const std::vector<std::int64_t>& projects) {
  const std::string publication = "publication_id in (select id from publication where project_id=$1 order by id limit $2)";
  const std::string detail = "detail_id in (select id from detail where " + publication + ")";
  const std::string delivery = "delivery_id in (select id from delivery where " + publication + ")";
  for (const std::int64_t project : projects) {
    for (bool is_more = true; is_more;) {
      is_more = database.write([&](Transaction& tx) {
        if (tx.value<std::int64_t>("select user_id from member where project_id=$1", project)) return false;  // it was opened
        for (const std::string& rows : {"delivery_event where " + delivery, "delivery where " + publication, "detail_picture where " + detail,
                                        "detail where " + publication, "publication_account where " + publication}) {
          tx.execute("delete from " + rows, project, kRowsAtOnce);
        }
        return tx.execute("delete from publication where id in (select id from publication where project_id=$1 order by id limit $2)",
                          project, kRowsAtOnce) > 0;
      });
    }
    database.write([&](Transaction& tx) {
      if (tx.value<std::int64_t>("select user_id from member where project_id=$1", project)) return;
      for (const std::string_view table : {"file", "account", "rubric", "publication_count"}) tx.execute("delete from " + std::string(table) + " where project_id=$1", project);
      tx.execute("delete from project where id=$1", project);
    });
  }
}

}  // namespace postmypost::cabinet
