// A ticket as both its sides see it.
#pragma once

#include "api/v1/api.hpp"

namespace postmypost::api::v1 {

struct TicketView {
  std::int64_t id = 0;
  std::string topic;
  std::optional<std::string> clause;
  std::string state, opened_at, due_at;
  bool overdue = false;
  std::optional<std::string> answered_at, closed_at;
  std::optional<std::string> person;  // for support: whom it is from
};
BOOST_DESCRIBE_STRUCT(TicketView, (),
                      (id, topic, clause, state, opened_at, due_at, overdue, answered_at, closed_at, person))

struct TicketList {
  std::vector<TicketView> items;
};
BOOST_DESCRIBE_STRUCT(TicketList, (), (items))

struct MessageView {
  std::string side, text, at;
};
BOOST_DESCRIBE_STRUCT(MessageView, (), (side, text, at))

struct AccessView {
  std::int64_t id = 0, project_id = 0;
  std::string given_at, expires_at;
  std::optional<std::string> ended_at;
  bool open = false;  // support may look now
  std::vector<std::string> days;  // on which support looked
};
BOOST_DESCRIBE_STRUCT(AccessView, (), (id, project_id, given_at, expires_at, ended_at, open, days))

struct TicketStoryView {
  TicketView ticket;
  std::vector<MessageView> messages;
  std::vector<AccessView> access;
};
BOOST_DESCRIBE_STRUCT(TicketStoryView, (), (ticket, messages, access))

struct MessageInput {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(MessageInput, (), (text))

TicketView ticket_view(const Call& call, const care::Ticket& ticket);
TicketStoryView story_view(const Call& call, storage::Transaction& tx, const care::TicketStory& story);

}  // namespace postmypost::api::v1
