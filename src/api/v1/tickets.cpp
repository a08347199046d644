// One's own questions to support, and the access one gives for them.
#include <algorithm>

#include "api/v1/ticket_views.hpp"

namespace postmypost::api::v1 {

struct NewTicketInput {
  std::string topic;
  std::optional<std::string> clause;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(NewTicketInput, (), (topic, clause, text))

struct AccessInput {
  std::int64_t project_id = 0, days = 0;
};
BOOST_DESCRIBE_STRUCT(AccessInput, (), (project_id, days))

TicketView ticket_view(const Call& call, const care::Ticket& t) {
  TicketView view{.id = t.id,
                  .topic = t.topic,
                  .clause = t.clause,
                  .state = t.state,
                  .opened_at = to_rfc3339(t.opened_at),
                  .due_at = to_rfc3339(t.due_at),
                  .overdue = t.is_overdue(call.with.clock.now()),
                  .answered_at = {},
                  .closed_at = {},
                  .person = {}};
  if (t.answered_at) view.answered_at = to_rfc3339(*t.answered_at);
  if (t.closed_at) view.closed_at = to_rfc3339(*t.closed_at);
  return view;
}

namespace {

// The days on which support looked under this access, not under an earlier one to the same project.
std::vector<std::string> days_of(const care::TicketStory& story, const care::ProjectAccess& access) {
  const std::string from = to_rfc3339(access.given_at).substr(0, 10);
  const std::string to = to_rfc3339(std::min(access.ended_at.value_or(access.expires_at), access.expires_at)).substr(0, 10);
  std::vector<std::string> days;
  for (const care::Visit& visit : story.visits) {
    if (visit.project_id == access.project_id && visit.day >= from && visit.day <= to) days.push_back(visit.day);
  }
  return days;
}

template <class F>
Result<TicketStoryView> after(Call& call, F change) {
  const std::int64_t user = call.me().user_id, ticket = call.id("ticket");
  TRY(call.with.database.write([&](storage::Transaction& tx) { return change(tx, user, ticket); }));
  return call.with.database.read([&](storage::Transaction& tx) -> Result<TicketStoryView> {
    TRY_ASSIGN(const care::TicketStory story, call.with.tickets.story(tx, user, ticket));
    return story_view(call, tx, story);
  });
}

Result<TicketList> list_tickets(Call& call) {
  TicketList list;
  for (const auto& ticket : call.with.database.read(
           [&](storage::Transaction& tx) { return call.with.tickets.of_user(tx, call.me().user_id); })) {
    list.items.push_back(ticket_view(call, ticket));
  }
  return list;
}

Result<TicketView> open_ticket(Call& call, const NewTicketInput& in) {
  TRY_ASSIGN(const care::Ticket ticket, call.with.database.write([&](storage::Transaction& tx) {
    return call.with.tickets.open(tx, call.me().user_id, {.topic = in.topic, .clause = in.clause, .text = in.text});
  }));
  return ticket_view(call, ticket);
}

Result<TicketStoryView> show_ticket(Call& call) {
  return call.with.database.read([&](storage::Transaction& tx) -> Result<TicketStoryView> {
    TRY_ASSIGN(const care::TicketStory story, call.with.tickets.story(tx, call.me().user_id, call.id("ticket")));
    return story_view(call, tx, story);
  });
}

Result<TicketStoryView> ask(Call& call, const MessageInput& in) {
  return after(call, [&](storage::Transaction& tx, std::int64_t user, std::int64_t ticket) {
    return call.with.tickets.ask(tx, user, ticket, in.text);
  });
}

Result<TicketStoryView> close_ticket(Call& call) {
  return after(call, [&](storage::Transaction& tx, std::int64_t user, std::int64_t ticket) {
    return call.with.tickets.close(tx, user, ticket);
  });
}

Result<TicketStoryView> give_access(Call& call, const AccessInput& in) {
  return after(call, [&](storage::Transaction& tx, std::int64_t user, std::int64_t ticket) {
    return call.with.tickets.give_access(tx, user, ticket, in.project_id, in.days);
  });
}

Result<TicketStoryView> end_access(Call& call) {
  return after(call, [&](storage::Transaction& tx, std::int64_t user, std::int64_t ticket) {
    return call.with.tickets.end_access(tx, user, ticket, call.id("access"));
  });
}

}  // namespace

TicketStoryView story_view(const Call& call, storage::Transaction& tx, const care::TicketStory& story) {
  TicketStoryView view{.ticket = ticket_view(call, story.ticket), .messages = {}, .access = {}};
  for (const auto& message : story.messages) {
    view.messages.push_back({std::string(care::to_string(message.side)), message.text, to_rfc3339(message.at)});
  }
  for (const auto& access : story.access) {
    AccessView one{.id = access.id,
                   .project_id = access.project_id,
                   .given_at = to_rfc3339(access.given_at),
                   .expires_at = to_rfc3339(access.expires_at),
                   .ended_at = {},
                   .open = !access.ended_at && call.with.tickets.may_look(tx, story.ticket.id, access.project_id),
                   .days = days_of(story, access)};
    if (access.ended_at) one.ended_at = to_rfc3339(*access.ended_at);
    view.access.push_back(std::move(one));
  }
  return view;
}

Routes ticket_routes() {
  return {
      {"GET", "/api/v1/me/tickets", endpoint<list_tickets>(Access::kSession, 200, "One's questions to support")},
      {"POST", "/api/v1/me/tickets", endpoint<open_ticket>(Access::kSession, 201, "Ask support")},
      {"GET", "/api/v1/me/tickets/{ticket}", endpoint<show_ticket>(Access::kSession, 200, "A ticket with all its words")},
      {"POST", "/api/v1/me/tickets/{ticket}/messages", endpoint<ask>(Access::kSession, 200, "Say more in a ticket")},
      {"POST", "/api/v1/me/tickets/{ticket}/close", endpoint<close_ticket>(Access::kSession, 200, "Close a ticket")},
      {"POST", "/api/v1/me/tickets/{ticket}/access",
       endpoint<give_access>(Access::kSession, 200, "Let support read a project for this ticket")},
      {"DELETE", "/api/v1/me/tickets/{ticket}/access/{access}",
       endpoint<end_access>(Access::kSession, 200, "Take that access back")},
  };
}

}  // namespace postmypost::api::v1
