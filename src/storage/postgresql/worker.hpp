// One thread of a line with its connection.
#pragma once

#include <memory>
#include <random>
#include <vector>

#include "storage/postgresql/connection.hpp"
#include "storage/postgresql/line.hpp"

namespace postmypost::storage::postgresql {

class Worker {
 public:
  explicit Worker(Line& line) : line_(line) {}
  void run();

 private:
  using Work = Line::Work;

  void run_alone(Work& work);
  void try_alone(Work& work);
  void run_together(std::vector<Work>& group);
  void try_together(std::vector<Work>& group);
  void run_in_savepoint(Work& work);
  bool run_lambda(Work& work);
  bool may_run_again(const std::exception_ptr& failure, const Work& work, int tries);
  void connect(const Work& work);
  static void finish(Work& work, const std::exception_ptr& failure);

  Line& line_;
  std::unique_ptr<Connection> connection_;
  std::minstd_rand jitter_{std::random_device{}()};
};

}  // namespace postmypost::storage::postgresql
