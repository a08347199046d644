#include "script.hpp"

#include <array>
#include <stdexcept>

#include "base/encoding.hpp"

namespace postmypost::netsim {
namespace {

namespace json = boost::json;

template <class T>
struct Named {
  std::string_view name;
  T value;
};
constexpr auto kActs = std::to_array<Named<Fault::Acts>>(
    {{"yes", Fault::Acts::kYes}, {"no", Fault::Acts::kNo}, {"late", Fault::Acts::kLate}});
constexpr auto kAnswers = std::to_array<Named<Fault::Answer>>({
    {"usual", Fault::Answer::kUsual},
    {"given", Fault::Answer::kGiven},
    {"foreign", Fault::Answer::kForeign},
    {"reset", Fault::Answer::kReset},
    {"close", Fault::Answer::kClose},
    {"hang", Fault::Answer::kHang},
    {"drip", Fault::Answer::kDrip},
    {"endless_headers", Fault::Answer::kEndlessHeaders},
    {"reset_mid_body", Fault::Answer::kResetMidBody},
    {"never_read", Fault::Answer::kNeverRead},
});
constexpr auto kMembers = std::to_array<std::string_view>({"network", "match", "skip", "times", "reused", "probability", "acts", "late_ms", "answer", "status",
                                                           "headers", "body", "body_base64url", "repeat", "cut", "pause_ms"});

template <class T, std::size_t N>
T named(const std::array<Named<T>, N>& table, std::string_view name) {
  for (const auto& each : table) {
    if (each.name == name) return each.value;
  }
  throw std::invalid_argument("the script does not know \"" + std::string(name) + "\"");
}

std::string text(const json::object& from, std::string_view name, std::string otherwise = "") {
  const json::value* found = from.if_contains(name);
  return found ? std::string(found->as_string()) : std::move(otherwise);
}
std::vector<std::string> texts(const json::object& from, std::string_view name) {
  const json::value* found = from.if_contains(name);
  if (found && found->is_array()) return json::value_to<std::vector<std::string>>(*found);
  return {text(from, name)};
}
std::int64_t number(const json::object& from, std::string_view name, std::int64_t otherwise) {
  const json::value* found = from.if_contains(name);
  return found ? found->to_number<std::int64_t>() : otherwise;
}

bool flag(const json::object& from, std::string_view name) { return from.contains(name) && from.at(name).as_bool(); }

Answer given(const json::object& from) {
  Answer answer{.status = static_cast<int>(number(from, "status", 200)), .body = text(from, "body")};
  if (const json::value* headers = from.if_contains("headers")) {
    for (const auto& [name, value] : headers->as_object()) answer.headers.emplace_back(name, value.as_string());
  }
  if (from.contains("body_base64url")) answer.body = from_base64url(text(from, "body_base64url")).value();
  answer.repeat = static_cast<std::size_t>(number(from, "repeat", 1));
  answer.cut = flag(from, "cut");
  return answer;
}

}  // namespace

Script::Rule Script::read(const json::object& from) {
  for (const auto& member : from) {
    if (std::ranges::find(kMembers, std::string_view(member.key())) == kMembers.end()) {
      throw std::invalid_argument("a rule has no \"" + std::string(member.key()) + "\"");
    }
  }
  Rule rule{.network = text(from, "network"), .match = texts(from, "match"), .skip = number(from, "skip", 0), .times = number(from, "times", 1)};
  rule.forever = rule.times == 0;
  rule.reused = flag(from, "reused");
  if (const json::value* chance = from.if_contains("probability")) rule.probability = chance->to_number<double>();
  rule.fault = {.acts = named(kActs, text(from, "acts", "yes")),
                .answer = named(kAnswers, text(from, "answer", "usual")),
                .given = given(from),
                .late = std::chrono::milliseconds(number(from, "late_ms", 2000)),
                .pause = std::chrono::milliseconds(number(from, "pause_ms", 1000))};
  return rule;
}

void Script::set(const json::object& script) {
  *this = {};
  dice_ = simulation::Dice(static_cast<std::uint64_t>(number(script, "seed", 1)));
  add(script);
}

void Script::add(const json::object& script) {
  for (const json::value& rule : script.at("rules").as_array()) rules_.push_back(read(rule.as_object()));
}

json::array Script::rules() const {
  json::array all;
  for (const Rule& rule : rules_) all.push_back({{"network", rule.network}, {"match", json::value_from(rule.match)}, {"times", rule.times}});
  return all;
}

std::optional<Fault> Script::pick(std::string_view network, const Request& request) {
  for (Rule& rule : rules_) {
    const bool takes = rule.network.empty() || rule.network == network;
    const bool matches = std::ranges::all_of(rule.match, [&](const std::string& part) { return request.head.find(part) != std::string::npos; });
    if (!takes || !matches || (rule.reused && request.turn == 1) || (!rule.forever && rule.times == 0)) continue;
    if (rule.skip > 0) {
      --rule.skip;
      continue;
    }
    if (!dice_.chance(rule.probability)) continue;
    if (!rule.forever) --rule.times;
    return rule.fault;
  }
  return std::nullopt;
}

std::int64_t Script::waiting() const {
  std::int64_t count = 0;
  for (const Rule& rule : rules_) count += rule.forever ? 0 : rule.times;
  return count;
}

}  // namespace postmypost::netsim
