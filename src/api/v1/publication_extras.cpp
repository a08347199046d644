#include "api/v1/publication_extras.hpp"

#include "api/invalid.hpp"
#include "base/text.hpp"
#include "base/zones.hpp"
#include "publications/rubrics.hpp"

namespace postmypost::api::v1 {
namespace {

using publications::Detail;
using publications::Publication;

void take(const json::Patch<std::string>& from, std::optional<std::string>& to) {
  if (!from.present) return;
  to = from.value ? std::optional(tidy(*from.value)) : std::nullopt;
}

Result<> read_kind(const json::Patch<std::string>& from, publications::PostKind& to, const std::string& field) {
  if (!from.present) return {};
  const std::string name = from.value.value_or("post");
  to = publications::kind_of(name);
  if (publications::to_string(to) == name) return {};
  return fail(json::not_in_enum(field, "post, story, reels"));
}

Result<> read_stage(const PublicationInput& in, Publication& p) {
  if (!in.stage.present) return {};
  const std::string name = in.stage.value.value_or("draft");
  p.stage = publications::stage_of(name);
  if (publications::to_string(p.stage) != name) return fail(json::not_in_enum("/stage", "draft, template, workflow, approval"));
  if (p.timing == publications::Timing::kDraft || p.stage == publications::Stage::kDraft) return {};
  return fail(invalid("publication.stage", "Only a draft stands at a stage.", "/stage", "when.kind=draft",
                      "Send when.kind draft, or leave the stage out."));
}

Result<> read_rubric(const Call& call, storage::Transaction& tx, const PublicationInput& in, Publication& p) {
  if (!in.rubric_id.present) return {};
  p.rubric_id = in.rubric_id.value;
  if (!p.rubric_id) return {};
  auto found = publications::Rubrics(call.with.vault, call.with.clock).find(tx, p.project_id, *p.rubric_id);
  if (found) return {};
  found.error().field = "/rubric_id";
  return fail(std::move(found).error());
}

Result<> read_end(const PublicationInput& in, Publication& p) {
  if (!in.delete_at.present) return {};
  p.delete_at.reset();
  if (!in.delete_at.value) return {};
  p.delete_at = parse_rfc3339(*in.delete_at.value);
  if (p.delete_at) return {};
  return fail(invalid("time.form", "This is not an instant.", "/delete_at", "rfc3339", "Write it as 2026-11-24T09:30:00Z."));
}

}  // namespace

Result<> read_extras(const Call& call, storage::Transaction& tx, const PublicationInput& in, Publication& p) {
  for (std::size_t i = 0; i < in.details.size(); ++i) {
    const DetailShape& shape = in.details[i];
    Detail& detail = p.details.at(i);
    TRY(read_kind(shape.kind, detail.kind, "/details/" + std::to_string(i) + "/kind"));
    take(shape.link, detail.link);
    take(shape.title, detail.title);
    take(shape.first_comment, detail.first_comment);
    if (shape.options.present) detail.options = shape.options.value.value_or(publications::NetworkOptions());
  }
  TRY(read_stage(in, p));
  TRY(read_rubric(call, tx, in, p));
  return read_end(in, p);
}

Result<> check_end(const Publication& p) {
  if (!p.delete_at || !p.instant || *p.delete_at > *p.instant) return {};
  return fail(invalid("time.delete_before_post", "It would be deleted before it is published.", "/delete_at", "after=when",
                      "Choose a time after it is published."));
}

DetailShape detail_shape(const Detail& detail) {
  const auto shown = [](const std::optional<std::string>& text) { return json::Patch<std::string>{.present = true, .value = text}; };
  DetailShape shape{.account_id = detail.account_id,
                    .text = detail.text,
                    .pictures = {},
                    .kind = shown(std::string(publications::to_string(detail.kind))),
                    .link = shown(detail.link),
                    .title = shown(detail.title),
                    .first_comment = shown(detail.first_comment),
                    .options = {.present = true, .value = {}}};
  if (detail.options.any()) shape.options.value = detail.options;
  for (const auto& picture : detail.pictures) shape.pictures.push_back({picture.file_id, picture.alt});
  return shape;
}

}  // namespace postmypost::api::v1
