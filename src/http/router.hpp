// One declared table of routes as data, from which dispatch, documents and tests are made.
//
// A path is literal segments and parameters: "/api/v1/projects/{project}", "/@{handle}/{entry}" (a
// literal beginning and then a parameter), "/files/{rest...}" (the last segment takes everything,
// slashes included, never nothing). Paths come in decoded (Request::path); a parameter never
// matches an empty segment. Where several routes fit, the one with the longer literal beginning in
// the first differing segment wins, whatever their order in the table. HEAD is served by the GET
// route.
//
// Immutable after construction, so safe to share. A malformed path or two routes that can't be told
// apart throw std::logic_error at start-up.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postmypost::http {

class Parameters {
 public:
  void clear() { all_.clear(); }
  void add(std::string_view name, std::string_view value) { all_.emplace_back(name, value); }
  // Empty when the route has no such parameter.
  std::string_view operator[](std::string_view name) const {
    for (const auto& [key, value] : all_) {
      if (key == name) return value;
    }
    return {};
  }
  // A positive id below 2^53, as all our row ids are.
  std::optional<std::int64_t> id(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

// A path of the table, taken apart.
class PathPattern {
 public:
  explicit PathPattern(std::string_view path);
  bool match(std::string_view path, Parameters& parameters) const;
  // Less literal comes later; equal patterns compare equal whatever their parameters are called.
  static int compare(const PathPattern& a, const PathPattern& b);
  std::vector<std::string_view> names() const;

 private:
  struct Segment {
    std::string literal;  // all of it, or its beginning when `parameter` is set
    std::string parameter;
    bool rest = false;
  };
  std::vector<Segment> segments_;
};

template <class Payload>
struct Route {
  std::string_view method;
  std::string_view path;
  Payload payload;
};

template <class Payload>
class RouteTable {
 public:
  explicit RouteTable(std::vector<Route<Payload>> routes) : routes_(std::move(routes)) {
    patterns_.reserve(routes_.size());
    for (const auto& route : routes_) patterns_.emplace_back(route.path);
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (routes_[i].method == routes_[j].method &&
            PathPattern::compare(patterns_[i], patterns_[j]) == 0) {
          throw std::logic_error("two routes for " + std::string(routes_[i].method) + " " +
                                 std::string(routes_[i].path));
        }
      }
    }
  }

  // The route, or null; fills `parameters`.
  const Route<Payload>* match(std::string_view method, std::string_view path,
                              Parameters& parameters) const {
    const Route<Payload>* best = nullptr;
    const PathPattern* best_pattern = nullptr;
    Parameters found;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      if (routes_[i].method != (method == "HEAD" ? "GET" : method)) continue;
      found.clear();
      if (!patterns_[i].match(path, found)) continue;
      if (best && PathPattern::compare(patterns_[i], *best_pattern) >= 0) continue;
      best = &routes_[i];
      best_pattern = &patterns_[i];
      parameters = found;
    }
    return best;
  }

  // For 405 and Allow; empty means 404.
  std::vector<std::string_view> allowed_methods(std::string_view path) const {
    std::vector<std::string_view> methods;
    Parameters ignored;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      if (!patterns_[i].match(path, ignored)) continue;
      add_once(methods, routes_[i].method);
      if (routes_[i].method == "GET") add_once(methods, "HEAD");
    }
    return methods;
  }

  const std::vector<Route<Payload>>& all() const { return routes_; }

 private:
  static void add_once(std::vector<std::string_view>& methods, std::string_view method) {
    for (const auto known : methods) {
      if (known == method) return;
    }
    methods.push_back(method);
  }

  std::vector<Route<Payload>> routes_;
  std::vector<PathPattern> patterns_;
};

}  // namespace postmypost::http
