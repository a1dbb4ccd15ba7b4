#include "harness/check/detail/api_trouble.h"

#include "harness/base/text.h"

#include <fmt/format.h>

namespace crib::check::detail {

bool may_be_a_start(const Answer& answer) {
    if (answer.kind == Answer::Kind::unreachable) return true;
    if (answer.kind == Answer::Kind::body) return false;
    const auto says = [&](const char* words) { return answer.text.find(words) != std::string::npos; };
    switch (answer.status) {
        case 401:
        case 429:
        case 503:
        case 504:
            return true;
        case 403:
            // Roles come with a hook after the start, and then by a watch (k8s.io/kubernetes, pkg/registry/rbac/rest).
            return says("kubernetes-admin") || says("not yet ready");
        case 500:
            return says("etcdserver") || says("context deadline exceeded") || says("connection refused");
        default:
            return false;
    }
}

std::string ApiTrouble::say(const std::string& what, const Answer& answer, TimePoint now) {
    if (!may_be_a_start(answer)) {
        since_.reset();
        return fmt::format("{}: {}", what, answer.describe());
    }
    if (!since_) {
        since_ = now;
        silence_.clear();
    }
    const bool silent = answer.kind == Answer::Kind::unreachable;
    if (silent && silence_.empty()) silence_ = answer.text;
    if (now - *since_ < patience_) {
        return silent ? fmt::format("the API server does not answer yet ({})", silence_)
                      : fmt::format("the API server is not ready yet (it says {})", answer.describe());
    }
    const auto lasted = to_short_string(now - *since_);
    if (!silent) return fmt::format("{}: {}, for {} now", what, answer.describe(), lasted);
    const auto cause = answer.if_it_lasts.empty() ? std::string{} : "; " + answer.if_it_lasts;
    return fmt::format("the API server has not answered for {}: {}{}", lasted, answer.text, cause);
}

}  // namespace crib::check::detail
