#include "base/personal_data.hpp"

namespace postmypost {

std::string_view to_string(Subject subject) {
  switch (subject) {
    case Subject::kUser: return "user";
    case Subject::kMentioned: return "mentioned";
    case Subject::kVisitor: return "visitor";
    case Subject::kOperator: return "operator";
  }
  return "user";
}

std::string_view to_string(Kept kept) {
  switch (kept) {
    case Kept::kSealed: return "sealed";
    case Kept::kHashed: return "hashed";
    case Kept::kPlain: return "plain";
  }
  return "plain";
}

std::string_view to_string(Erasure erasure) {
  switch (erasure) {
    case Erasure::kDelete: return "delete";
    case Erasure::kShredKey: return "shred_key";
    case Erasure::kNull: return "null";
    case Erasure::kKeep: return "keep";
  }
  return "keep";
}

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::kId: return "id";
    case Reason::kState: return "state";
    case Reason::kTime: return "time";
    case Reason::kMeasure: return "measure";
    case Reason::kMachine: return "machine";
    case Reason::kHolds: return "holds";
  }
  return "machine";
}

std::string_view to_string(Medium medium) {
  switch (medium) {
    case Medium::kColumn: return "column";
    case Medium::kFile: return "file";
    case Medium::kCookie: return "cookie";
    case Medium::kBrowser: return "browser";
    case Medium::kLogField: return "log_field";
  }
  return "column";
}

std::string_view to_string(KeyScope scope) {
  switch (scope) {
    case KeyScope::kUser: return "user";
    case KeyScope::kAccount: return "account";
    case KeyScope::kProject: return "project";
    case KeyScope::kInstance: return "instance";
  }
  return "instance";
}

}  // namespace postmypost
