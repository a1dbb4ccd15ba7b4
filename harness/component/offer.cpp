#include "harness/component/offer.h"

#include "harness/base/file.h"
#include "harness/component/detail/node.h"
#include "harness/component/table.h"

namespace crib::component {
namespace {

using detail::Node;

constexpr std::uint64_t largest_offer = 1U << 20U;

bool covers(const std::vector<std::string>& versions, const std::string& version) {
    const auto is_of = [&](const std::string& one) { return version == one || version.starts_with(one + "."); };
    return std::any_of(versions.begin(), versions.end(), [&](const std::string& one) {
        const auto dash = one.find('-');
        if (dash == std::string::npos) return is_of(one);
        const std::string first = one.substr(0, dash);
        const std::string last = one.substr(dash + 1);
        return is_of(last) || (compare_versions(first, version) <= 0 && compare_versions(version, last) <= 0);
    });
}

AbsentVersions parse_absent(const Node& node) {
    node.allow({"versions", "why", "instead", "source"});
    return {node.texts("versions"), node.text("why"), node.text("instead"), node.text("source")};
}

Pairing parse_pairing(const Node& node) {
    node.allow({"with", "versions", "standing", "why", "source"});
    return {node.text("with"), node.texts("versions"), node.text("standing"), node.text("why"), node.text("source")};
}

}  // namespace

const AbsentVersions* Offer::find_absent(const std::string& version) const {
    const auto found =
        std::find_if(absent.begin(), absent.end(), [&](const auto& one) { return covers(one.versions, version); });
    return found == absent.end() ? nullptr : &*found;
}

const Pairing* Offer::find_pairing(const std::string& with, const std::string& version) const {
    const auto found = std::find_if(pairs.begin(), pairs.end(),
                                    [&](const auto& one) { return one.with == with && covers(one.versions, version); });
    return found == pairs.end() ? nullptr : &*found;
}

Offer read_offer(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file)) return {};
    const nlohmann::json document = detail::json_of(read_file(file, largest_offer), file.string());
    const Node node(document, file.string() + "#");
    node.allow({"absent", "pairs"});
    return {node.list("absent", parse_absent), node.list("pairs", parse_pairing)};
}

}  // namespace crib::component
