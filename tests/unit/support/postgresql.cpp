#include "support/postgresql.hpp"

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace postmypost::support {
namespace {

namespace fs = std::filesystem;

const std::string kPrefix = "postmypost-pg-";
const fs::path kPrograms = "/usr/lib/postgresql/15/bin";

fs::path room() { return ::access("/dev/shm", W_OK) == 0 ? fs::path("/dev/shm") : fs::temp_directory_path(); }

int lock(const fs::path& folder) {
  const int handle = ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (handle >= 0 && ::flock(handle, LOCK_EX | LOCK_NB) == 0) return handle;
  if (handle >= 0) ::close(handle);
  return -1;
}

// Young ones may not have their lock yet.
void sweep() {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(room(), failed)) {
    const auto age = fs::file_time_type::clock::now() - fs::last_write_time(entry.path(), failed);
    if (!entry.path().filename().string().starts_with(kPrefix) || age < std::chrono::minutes(1)) continue;
    if (const int handle = lock(entry.path()); handle >= 0) {
      fs::remove_all(entry.path(), failed);
      ::close(handle);
    }
  }
}

// The server refuses to run as root. It ends when this process does.
pid_t spawn(std::vector<std::string> words, const fs::path& output) {
  if (::geteuid() == 0) {
    words.insert(words.begin(), {"/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups",
                                 "--pdeathsig=QUIT"});
  }
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  const int log = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(log, 1);
  ::dup2(log, 2);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace

bool tests_postgresql() {
  const char* store = std::getenv("POSTMYPOST_TEST_STORE");
  return store && std::string_view(store) == "postgresql";
}

PostgresqlCluster& PostgresqlCluster::shared() {
  static PostgresqlCluster cluster;
  return cluster;
}

PostgresqlCluster::PostgresqlCluster() {
  sweep();
  folder_ = (room() / (kPrefix + "XXXXXX")).string();
  if (!::mkdtemp(folder_.data())) throw std::runtime_error("no folder for PostgreSQL");
  lock_ = lock(folder_);
  if (const passwd* user = ::getpwnam("postgres"); user && ::geteuid() == 0) {
    if (::chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("no chown");
  }
  const pid_t child = spawn({kPrograms / "initdb", "-D", folder_ + "/data", "-U", "postgres", "-A", "trust", "-E",
                             "UTF8", "--locale=C.UTF-8", "--no-sync"},
                            folder_ + "/log");
  if (wait_for(child) != 0) throw std::runtime_error("initdb failed: is postgresql-15 installed?");
  start();
}

PostgresqlCluster::~PostgresqlCluster() {
  kill();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  ::close(lock_);
}

void PostgresqlCluster::start() {
  server_ = spawn({kPrograms / "postgres", "-D", folder_ + "/data", "-k", folder_, "-c", "listen_addresses=", "-c",
                   "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB", "-c",
                   "dynamic_shared_memory_type=mmap", "-c", "max_wal_size=128MB",
                   "-c", "autovacuum=off"},
                  folder_ + "/log");
  for (int tries = 0; PQping(address_of("postgres").c_str()) != PQPING_OK; ++tries) {
    if (tries == 1'000) throw std::runtime_error("PostgreSQL does not start");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void PostgresqlCluster::kill() {
  if (server_ < 0) return;
  ::kill(server_, SIGQUIT);
  wait_for(server_);
  server_ = -1;
}

std::string PostgresqlCluster::address_of(const std::string& database, const std::string& user) const {
  return "host=" + folder_ + " user=" + user + " dbname=" + database;
}

std::string PostgresqlCluster::create_database(const std::string& more) {
  const std::string name = "test" + std::to_string(++databases_);
  query(address_of("postgres"), "create database " + name + " " + more);
  return address_of(name);
}

void PostgresqlCluster::drop_database(const std::string& address) {
  const std::string name = address.substr(address.rfind('=') + 1);
  query(address_of("postgres"), "drop database " + name + " with (force)");
}

std::string PostgresqlCluster::query(const std::string& address, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(address.c_str()), &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> answer(PQexec(connection.get(), sql.c_str()), &PQclear);
  const auto status = PQresultStatus(answer.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(sql + ": " + PQerrorMessage(connection.get()));
  return PQntuples(answer.get()) > 0 ? PQgetvalue(answer.get(), 0, 0) : "";
}

}  // namespace postmypost::support
