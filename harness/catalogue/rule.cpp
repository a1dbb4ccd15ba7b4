#include "harness/catalogue/rule.h"

#include "harness/base/text.h"
#include "harness/catalogue/detail/row.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace crib::catalogue {
namespace {

constexpr std::array<const char*, static_cast<std::size_t>(Fact::count)> kNames{"os",
                                                                                "os.family",
                                                                                "os.kernel",
                                                                                "cgroup",
                                                                                "kubernetes",
                                                                                "kubelet",
                                                                                "cri-o",
                                                                                "cri-o.runtime-spec",
                                                                                "cri-tools",
                                                                                "flannel",
                                                                                "cni-plugins",
                                                                                "kubernetes.source",
                                                                                "cri-o.source",
                                                                                "flannel.source",
                                                                                "runtime",
                                                                                "runtime.version",
                                                                                "control-plane.vcpus",
                                                                                "control-plane.memory-mib"};

Fact fact_of(std::string_view name, const Row& row) {
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    if (found != kNames.end()) return static_cast<Fact>(found - kNames.begin());
    const auto near = nearest(name, {kNames.begin(), kNames.end()});
    row.fail(fmt::format("there is no fact of that name{}", near ? fmt::format(", did you mean {}?", *near) : ""));
}

Condition condition_of(const std::string& name, const Row& row) {
    const auto fact = fact_of(name, row);
    const auto text = row.text();
    if (VersionRange::looks_like_one(text)) return {fact, VersionRange::parse(text)};
    return {fact, split(text, '|')};
}

// Every ${name} of it must be a fact's.
std::string reason_of(const Row& row) {
    auto text = row.text();
    for (auto at = text.find("${"); at != std::string::npos; at = text.find("${", at + 1)) {
        const auto end = text.find('}', at);
        if (end == std::string::npos) row.fail("has a ${ that does not end");
        static_cast<void>(fact_of(std::string_view(text).substr(at + 2, end - at - 2), row));
    }
    return text;
}

// What of a scenario says a fact; the most particular first: people change a flannel before Kubernetes.
constexpr std::array<std::pair<Fact, const char*>, 13> kSaidBy{{{Fact::control_plane_vcpus, "vcpus"},
                                                                {Fact::control_plane_memory, "memory"},
                                                                {Fact::flannel, "versions.flannel"},
                                                                {Fact::cni_plugins, "versions.cni-plugins"},
                                                                {Fact::cri_tools, "versions.cri-tools"},
                                                                {Fact::os, "os"},
                                                                {Fact::os_family, "os"},
                                                                {Fact::os_kernel, "os"},
                                                                {Fact::cgroup, "os"},
                                                                {Fact::runtime_version, "os"},
                                                                {Fact::cri_o, "versions.cri-o"},
                                                                {Fact::kubernetes, "versions.kubernetes"},
                                                                {Fact::kubelet, "versions.kubernetes"}}};

std::string about(const std::vector<Condition>& conditions) {
    for (const auto& [fact, name] : kSaidBy) {
        const bool is_in = std::any_of(conditions.begin(), conditions.end(),
                                       [fact = fact](const Condition& condition) { return condition.fact == fact; });
        if (is_in) return name;
    }
    return {};
}

Rule rule_of(const Row& row) {
    row.allow({"id", "outcome", "when", "reason", "source"});
    Rule rule;
    rule.id = row.text("id");
    const auto outcome = row.text("outcome");
    if (outcome != "refused" && outcome != "warned") row.at("outcome").fail("must be \"refused\" or \"warned\"");
    rule.refused = outcome == "refused";
    for (const auto& [name, value] : row.at("when").members()) rule.when.push_back(condition_of(name, value));
    if (rule.when.empty()) row.at("when").fail("must have a condition");
    rule.about = about(rule.when);
    rule.reason = reason_of(row.at("reason"));
    rule.source = row.text("source");
    if (rule.reason.empty() || rule.source.empty()) row.fail("must name its reason and its source");
    return rule;
}

}  // namespace

const char* to_string(Fact fact) {
    return kNames.at(static_cast<std::size_t>(fact));
}

void Facts::set(Fact fact, std::string_view text) {
    auto& slot = slots_[index(fact)];
    slot.text = text;
    if (auto version = parse_version(text)) slot.version = std::move(*version);
}

void Facts::set(Fact fact, std::string_view text, const std::array<unsigned, 3>& numbers) {
    auto& slot = slots_[index(fact)];
    slot.text = text;
    slot.version.numbers = numbers;
}

std::string Facts::fill(const std::string& text) const {
    std::string filled;
    std::size_t at = 0;
    for (auto start = text.find("${"); start != std::string::npos; start = text.find("${", at)) {
        const auto end = text.find('}', start);
        const auto name = std::string_view(text).substr(start + 2, end - start - 2);
        const auto found = std::find(kNames.begin(), kNames.end(), name);
        if (end == std::string::npos || found == kNames.end()) break;  // read_rules lets no such text through
        const auto value = slots_.at(static_cast<std::size_t>(found - kNames.begin())).text;
        filled.append(text, at, start - at).append(value.empty() ? "?" : value);
        at = end + 1;
    }
    return filled.append(text, at);
}

bool Condition::holds(const Facts& facts) const {
    if (!facts.known(fact)) return false;
    if (const auto* range = std::get_if<VersionRange>(&is)) return range->contains(facts.version(fact));
    const auto& texts = std::get<std::vector<std::string>>(is);
    return std::find(texts.begin(), texts.end(), facts.text(fact)) != texts.end();
}

bool Rule::applies(const Facts& facts) const {
    return std::all_of(when.begin(), when.end(), [&](const Condition& condition) { return condition.holds(facts); });
}

std::vector<Rule> read_rules(const std::filesystem::path& file) {
    const auto document = read_json(file);
    const Row row(document, file.string() + "#");
    row.allow({"about", "rules"});
    std::vector<Rule> rules;
    std::set<std::string> ids;
    for (const auto& item : row.rows("rules")) {
        rules.push_back(rule_of(item));
        if (!ids.insert(rules.back().id).second) item.fail(fmt::format("a second rule \"{}\"", rules.back().id));
    }
    return rules;
}

}  // namespace crib::catalogue
