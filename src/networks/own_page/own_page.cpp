#include "networks/own_page/own_page.hpp"

#include <stdexcept>

#include "base/text.hpp"
#include "networks/answers.hpp"

namespace postmypost::networks {
namespace {

class OwnPage final : public Network {
 public:
  const ChannelDescription& channel() const override {
    static const ChannelDescription description{"own_page", "Own page", "", Idempotency::kExactlyOnce, "handle title"};
    return description;
  }

  Capabilities capabilities(const AccountFacts&) const override {
    Capabilities can;
    can.text = text_rule("own_page");
    can.idempotency = Idempotency::kExactlyOnce;
    can.max_processing = {};
    return can;
  }

  // Handle and title are checked where the page is made, in the same transaction as the account.
  Next connect(const ConnectInput& input, const Progress&) const override {
    std::string handle = fold_case(text_at(input.fields, "handle"));
    if (handle.starts_with('@')) handle.erase(0, 1);
    return Connected{.facts = {.remote_id = handle, .title = tidy(text_at(input.fields, "title")), .handle = "/@" + handle},
                     .secrets = {}};
  }

  Next publish(const Content&, const Account&, const Progress&) const override { return LocalEffect{}; }
  Next look_for(const Content&, const Account&, const DoubtContext&, const Progress&) const override {
    return CannotTell{"no_doubt_possible"};
  }
  Next refresh(const Account& account, const Progress&) const override { return Refreshed{account.secrets}; }
  Next disconnect(const Account&, const Progress&) const override { return Disconnected{}; }
  Verdict read(const Step&, const http::Answer&, int, Instant) const override {
    throw std::logic_error("an own page sends nothing");
  }
};

}  // namespace

std::unique_ptr<Network> make_own_page() { return std::make_unique<OwnPage>(); }

}  // namespace postmypost::networks
