// The operator's side of support: the queue by deadline, answers. What a person opens for a ticket is read by the project's own
// routes with `?ticket=…` (api.cpp).
#include "api/v1/ticket_views.hpp"
#include "identity/identity.hpp"

namespace postmypost::api::v1 {
namespace {

TicketView view_for_support(const Call& call, const care::Ticket& ticket) {
  TicketView view = ticket_view(call, ticket);
  if (const auto contact = call.with.identity.contact(ticket.user_id)) view.person = contact->name;
  return view;
}

Result<TicketList> list_queue(Call& call) {
  TicketList list;
  for (const auto& ticket :
       call.with.database.read([&](storage::Transaction& tx) { return call.with.tickets.queue(tx); })) {
    list.items.push_back(view_for_support(call, ticket));
  }
  return list;
}

Result<TicketStoryView> show_for_support(Call& call) {
  auto view = call.with.database.read([&](storage::Transaction& tx) -> Result<std::pair<care::Ticket, TicketStoryView>> {
    TRY_ASSIGN(const care::TicketStory story, call.with.tickets.story_for_support(tx, call.id("ticket")));
    return std::pair(story.ticket, story_view(call, tx, story));
  });
  if (!view) return std::unexpected(std::move(view).error());
  view->second.ticket = view_for_support(call, view->first);
  return std::move(view->second);
}

Result<TicketStoryView> answer(Call& call, const MessageInput& in) {
  TRY(call.with.database.write([&](storage::Transaction& tx) {
    return call.with.tickets.answer(tx, call.me().user_id, call.id("ticket"), in.text);
  }));
  return show_for_support(call);
}

Result<TicketStoryView> close_for_support(Call& call) {
  TRY(call.with.database.write(
      [&](storage::Transaction& tx) { return call.with.tickets.close_by_support(tx, call.id("ticket")); }));
  return show_for_support(call);
}

}  // namespace

Routes support_routes() {
  return {
      {"GET", "/api/v1/support/tickets", endpoint<list_queue>(Access::kOperator, 200, "Tickets, the nearest deadline first")},
      {"GET", "/api/v1/support/tickets/{ticket}",
       endpoint<show_for_support>(Access::kOperator, 200, "A ticket with all its words, for support")},
      {"POST", "/api/v1/support/tickets/{ticket}/messages", endpoint<answer>(Access::kOperator, 200, "Answer a ticket")},
      {"POST", "/api/v1/support/tickets/{ticket}/close",
       endpoint<close_for_support>(Access::kOperator, 200, "Close a ticket for support")},
  };
}

}  // namespace postmypost::api::v1
