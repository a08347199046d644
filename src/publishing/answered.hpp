// Waiting in a coroutine for somebody's callback. Private to the room.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

namespace postmypost::publishing {

// `start` is called with a completion that may run on any thread; the coroutine goes on with its own executor.
template <class T, class Start>
boost::asio::awaitable<T> answered(boost::asio::io_context& io, Start start) {
  auto initiate = [&io](auto handler, Start begin) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    begin([shared, &io, guard = boost::asio::make_work_guard(io)](T value) {
      boost::asio::post(io, [shared, value = std::move(value)]() mutable { std::move (*shared)(std::move(value)); });
    });
  };
  return boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void(T)>(initiate, boost::asio::use_awaitable, std::move(start));
}

}  // namespace postmypost::publishing
