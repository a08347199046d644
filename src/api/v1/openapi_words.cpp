#include "api/v1/openapi_words.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace postmypost::api::v1 {
namespace {

using Words = std::pair<std::string_view, std::string_view>;

constexpr std::array kTags = {
    Words{"accounts", "Connected accounts of networks, and own pages."},
    Words{"channels", "The networks that this server can publish to."},
    Words{"confirmations", "Confirming an address by the link of a letter."},
    Words{"connect", "The way back from a network's own page."},
    Words{"deliveries", "What happened to a publication in one account, and what a person decides about it."},
    Words{"destruction-acts", "What was destroyed, for the operator's signature."},
    Words{"documents", "The policy, the terms and the texts of choices, in all their versions."},
    Words{"events", "What changes, as it happens."},
    Words{"files", "Uploaded pictures."},
    Words{"improvement", "Counters for improvement, of those who consented."},
    Words{"instance", "What this server is, and the operator's settings."},
    Words{"invitations", "Links by which people join."},
    Words{"letters", "Letters of this server, and their end."},
    Words{"me", "One's own data: profile, choices, notices, exports, leaving."},
    Words{"members", "The people of a project and their rights."},
    Words{"openapi.json", "The API as a document."},
    Words{"password", "A new password by the link of a letter."},
    Words{"preflight", "What the networks would refuse, before anything is sent."},
    Words{"privacy", "What is held, why, and for how long; statistics about nobody in particular."},
    Words{"projects", "Projects: a time zone, accounts and publications."},
    Words{"publications", "Texts and pictures with their moment and their accounts."},
    Words{"pulse", "Whether something has changed in a project."},
    Words{"registers", "The operator's registers of legal requests and incidents."},
    Words{"rubrics", "What the publications of a project are sorted under."},
    Words{"session", "Signing in and out in a browser."},
    Words{"setup", "The first start of a server."},
    Words{"signup", "Becoming a person of this server."},
    Words{"support", "Tickets as the operator sees them."},
    Words{"zones", "Names of time zones."},
};

constexpr std::array kParameters = {
    Words{"access", "Id of a permission that was given to support."},
    Words{"access_token", "Id of the access token."},
    Words{"document", "Id of a document."},
    Words{"invitation", "Id of the invitation."},
    Words{"kind", "Which text: policy, terms, or a choice."},
    Words{"member", "Id of the person who is a member."},
    Words{"piece", "Number of the piece, from 0."},
    Words{"purpose", "The purpose that a choice is about."},
    Words{"request", "Id of the legal request."},
    Words{"token", "The secret from a link."},
};

constexpr std::array kBytes = {
    Bytes{"POST", "/api/v1/projects/{project}/files", "multipart/form-data", "file"},
    Bytes{"PUT", "/api/v1/me/imports/{import}/pieces/{piece}", "application/octet-stream", ""},
    Bytes{"GET", "/api/v1/me/exports/{export}/archive", "application/zip", "", true},
    Bytes{"GET", "/api/v1/events", "text/event-stream", "", true},
    Bytes{"GET", "/files/{project}/{file}/original.jpg", "image/jpeg", "", true},
    Bytes{"GET", "/files/{project}/{file}/original.png", "image/png", "", true},
    Bytes{"GET", "/files/{project}/{file}/thumbnail.webp", "image/webp", "", true},
};

std::string_view next_segment(std::string_view& path) {
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(segment.size() + 1, path.size()));
  return segment;
}

}  // namespace

std::string tag_of(std::string_view path) {
  constexpr std::string_view kBase = "/api/v1/";
  if (!path.starts_with(kBase)) return "files";
  path.remove_prefix(kBase.size());
  const std::string_view first = next_segment(path);
  if (first != "projects" || next_segment(path).empty() || path.empty()) return std::string(first);
  return std::string(next_segment(path));
}

std::string_view words_of_tag(std::string_view tag) {
  const auto found = std::ranges::find(kTags, tag, &Words::first);
  return found == kTags.end() ? std::string_view() : found->second;
}

std::string words_of_parameter(std::string_view name) {
  const auto found = std::ranges::find(kParameters, name, &Words::first);
  return found == kParameters.end() ? "Id of the " + std::string(name) + "." : std::string(found->second);
}

bool is_text_parameter(std::string_view name) { return name == "token" || name == "kind" || name == "purpose"; }

std::span<const Bytes> byte_bodies() { return kBytes; }

}  // namespace postmypost::api::v1
