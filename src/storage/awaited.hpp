// `co_await written(database, queue, work)`: a write whose caller is a coroutine on an Asio
// executor.
//
// The coroutine resumes on its own executor after COMMIT, with what `work` returned or the
// exception of the failed write; a Result without a value rolls the savepoint back. `work` runs on
// the writer's thread while the coroutine sleeps, so it may refer to the coroutine's locals. The
// write can't be cancelled: let coroutines that wait for one end before their io_context is
// destroyed.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "storage/database.hpp"

namespace postmypost::storage {

template <class F>
boost::asio::awaitable<std::invoke_result_t<F&, Transaction&>> written(Database& database,
                                                                       Queue queue, F work) {
  namespace asio = boost::asio;
  detail::Returned<std::invoke_result_t<F&, Transaction&>> returned;
  const auto start = [&](auto handler) {
    using Handler = decltype(handler);
    auto executor = asio::get_associated_executor(handler);
    // std::function wants copies; the handler itself moves on to the executor and is never run or
    // destroyed here.
    auto waiting = std::make_shared<Handler>(std::move(handler));
    database.submit(
        queue, [&returned, &work](Transaction& tx) { return returned.run(work, tx); },
        [waiting = std::move(waiting),
         guard = asio::make_work_guard(executor)](std::exception_ptr failure) mutable {
          asio::post(guard.get_executor(),
                     [waiting = std::move(waiting), failure = std::move(failure)]() mutable {
                       (std::move(*waiting))(std::move(failure));
                     });
          guard.reset();
        });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr)>(
      start, asio::use_awaitable);
  co_return returned.take();
}

}  // namespace postmypost::storage
