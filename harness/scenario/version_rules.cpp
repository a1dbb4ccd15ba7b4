#include "harness/scenario/version_rules.h"

#include "harness/base/pattern.h"
#include "harness/base/version.h"

#include <fmt/format.h>

namespace crib::scenario {
namespace {

constexpr unsigned kMostBehind = 3;
constexpr unsigned kMostBehindBefore = 2;
constexpr unsigned kSince = 28;  // of 1.28

}  // namespace

bool looks_like_version(const std::string& text) {
    static const Pattern shape(R"(\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?)");
    return shape.matches_whole(text);
}

bool can_name_checkout(const std::string& text) {
    static const Pattern shape(R"(\d+(\.\d+)+[0-9A-Za-z.~+-]*)");
    return shape.matches_whole(text);
}

std::string problem_with_skew(const std::string& kubelet, const std::string& api_server) {
    const auto node = parse_version(kubelet);
    const auto server = parse_version(api_server);
    if (!node || !server) return {};
    if (node->major() != server->major() || node->minor() > server->minor()) {
        return fmt::format("a kubelet {} is newer than its API server {}, which Kubernetes does not allow", kubelet,
                           api_server);
    }
    const auto most = server->minor() < kSince ? kMostBehindBefore : kMostBehind;
    const auto behind = server->minor() - node->minor();
    if (behind <= most) return {};
    return fmt::format("a kubelet {} is {} minor versions behind its API server {}; Kubernetes allows {}", kubelet,
                       behind, api_server, most);
}

}  // namespace crib::scenario
