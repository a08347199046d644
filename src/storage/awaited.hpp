// `co_await written(database, queue, work)`: a write whose caller is a coroutine on an Asio executor.
//
// The coroutine resumes on its own executor after COMMIT; see Database::submit for the rules of `work`. Failures of the
// database are rethrown in the coroutine.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "storage/database.hpp"

namespace postmypost::storage {

template <class F>
boost::asio::awaitable<std::invoke_result_t<F&, Transaction&>> written(Database& database, Queue queue, F work) {
  auto executor = co_await boost::asio::this_coro::executor;
  WorkResult<F> result;
  std::exception_ptr failure;
  auto initiate = [&](auto handler) {
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    auto guard = boost::asio::make_work_guard(executor);
    database.submit(
        queue, [&](Transaction& tx) { return result.run(work, tx); },
        [&failure, resume, guard = std::move(guard)](std::exception_ptr why) {
          failure = why;
          boost::asio::post(guard.get_executor(), [resume] { std::move (*resume)(); });
        });
  };
  co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable), void()>(initiate,
                                                                                   boost::asio::use_awaitable);
  if (failure) std::rethrow_exception(failure);
  co_return result.take();
}

}  // namespace postmypost::storage
