#include "harness/check/values.h"

#include "harness/base/pattern.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace crib::check {
namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kLongestPath = 2000;
constexpr std::size_t kLongestImage = 500;

const std::string kLabel = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const std::string kSubdomain = kLabel + "([.]" + kLabel + ")*";

bool is_of_shape(std::string_view value, std::size_t longest, const Pattern& shape) {
    return value.size() <= longest && shape.matches_whole(value);
}

bool is_address(std::string_view value) {
    std::array<unsigned char, sizeof(in6_addr)> parsed{};
    const std::string text(value);
    return inet_pton(AF_INET, text.c_str(), parsed.data()) == 1 ||
           inet_pton(AF_INET6, text.c_str(), parsed.data()) == 1;
}

bool is_port(std::string_view value) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    return error == std::errc{} && end == value.data() + value.size() && number >= 1 && number <= 65'535;
}

// What a request line can hold without being taken apart.
bool is_path(std::string_view value) {
    const auto is_plain = [](unsigned char c) { return c > 0x20 && c != 0x7f; };
    return value.starts_with('/') && value.size() <= kLongestPath && std::ranges::all_of(value, is_plain);
}

bool is_dns_name(std::string_view value) {
    static const std::string label = "[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?";
    static const Pattern shape(label + "([.]" + label + ")*[.]?");
    static const Pattern long_label("(.*[.])?[^.]{64}.*");
    return is_of_shape(value, kLongestName, shape) && !long_label.matches_whole(value);
}

// At the commas that are not within brackets.
std::vector<std::string_view> requirements_of(std::string_view selector) {
    std::vector<std::string_view> found;
    std::size_t begin = 0;
    int depth = 0;
    for (std::size_t at = 0; at < selector.size(); ++at) {
        if (selector[at] == '(') ++depth;
        if (selector[at] == ')') --depth;
        if (selector[at] != ',' || depth > 0) continue;
        found.push_back(selector.substr(begin, at - begin));
        begin = at + 1;
    }
    found.push_back(selector.substr(begin));
    return found;
}

bool is_selector(std::string_view value) {
    static const std::string name = "[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?";
    static const std::string key = "(" + kSubdomain + "/)?" + name;
    static const std::string values = "[(] *(" + name + ")?( *, *(" + name + ")?)* *[)]";
    static const Pattern shape(" *(! *" + key + "|" + key + "( *(=|==|!=) *(" + name + ")?| +(in|notin) *" + values +
                               ")?) *");
    return value.size() <= kLongestPath && std::ranges::all_of(requirements_of(value), [](const auto& requirement) {
               return shape.matches_whole(requirement);
           });
}

bool is_image(std::string_view value) {
    static const Pattern shape(
        "([A-Za-z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*"  // the registry and the repository
        "(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?(@[a-z0-9]+:[a-f0-9]{32,})?");
    return is_of_shape(value, kLongestImage, shape);
}

bool is_a(Meaning meaning, std::string_view value) {
    static const Pattern label(kLabel);
    static const Pattern subdomain(kSubdomain);
    static const Pattern service("[a-z]([-a-z0-9]*[a-z0-9])?");
    static const Pattern version(R"(v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?)");
    static const Pattern runtime("[a-z0-9-]+://[^ \\t\\r\\n]+");
    switch (meaning) {
        case Meaning::any:
            return true;
        case Meaning::pod_name:
            return is_of_shape(value, kLongestName, subdomain);
        case Meaning::namespace_:
            return is_of_shape(value, kLongestLabel, label);
        case Meaning::service_name:
            return is_of_shape(value, kLongestLabel, service);
        case Meaning::dns_name:
            return is_dns_name(value);
        case Meaning::address:
            return is_address(value);
        case Meaning::port:
            return is_port(value);
        case Meaning::path:
            return is_path(value);
        case Meaning::version:
            return is_of_shape(value, kLongestLabel, version);
        case Meaning::runtime:
            return is_of_shape(value, kLongestName, runtime);
        case Meaning::image:
            return is_image(value);
        case Meaning::selector:
            return is_selector(value);
    }
    return true;
}

const char* name_of(Meaning meaning) {
    switch (meaning) {
        case Meaning::any:
            return "";
        case Meaning::pod_name:
            return "a name of Kubernetes: a to z, 0 to 9, - and . within, at most 253 characters";
        case Meaning::namespace_:
            return "the name of a namespace: a to z, 0 to 9, and - within, at most 63 characters";
        case Meaning::service_name:
            return "the name of a Service: a letter, then a to z, 0 to 9, and - within, at most 63 characters";
        case Meaning::dns_name:
            return "a name that can be looked up: labels of letters, digits, - and _, with dots between them";
        case Meaning::address:
            return "an address of IPv4 or IPv6";
        case Meaning::port:
            return "a port: 1 to 65535";
        case Meaning::path:
            return "the path of a URL: it begins with /, and has no spaces and no control characters";
        case Meaning::version:
            return "a version such as 1.36.3";
        case Meaning::runtime:
            return "a runtime as kubelet reports it: NAME://VERSION, such as cri-o://1.36.3";
        case Meaning::image:
            return "the name of an image, such as registry.example/nginx:1.27";
        case Meaning::selector:
            return "a label selector such as app=flannel";
    }
    return "";
}

}  // namespace

std::string not_a(Meaning meaning, std::string_view value) {
    return is_a(meaning, value) ? "" : name_of(meaning);
}

}  // namespace crib::check
