#include "harness/engine/swap_watch.h"

#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace crib::engine {
namespace {

constexpr std::string_view kVersion = "RuntimeVersion:";

// Nothing when the runtime does not answer.
std::optional<RuntimeFacts> ask(guest::Node& node, const Context& context) {
    ssh::Exec exec;
    exec.name = "containers";
    exec.script = "crictl version 2>/dev/null || true\nexec crictl ps --quiet 2>/dev/null\n";
    RuntimeFacts facts;
    const auto result = node.run(exec, context);
    if (!result.ok()) return std::nullopt;
    for (const auto& line : split_lines(result.out)) {
        if (line.rfind(kVersion, 0) == 0) {
            facts.version = trim(line.substr(kVersion.size()));
        } else if (line.find_first_not_of("0123456789abcdef") == std::string::npos && !line.empty()) {
            facts.running.insert(line);
        }
    }
    return facts;
}

std::size_t ended(const RuntimeFacts& before, const RuntimeFacts& after) {
    return static_cast<std::size_t>(std::count_if(before.running.begin(), before.running.end(),
                                                  [&](const auto& id) { return !after.running.contains(id); }));
}

// "1.36" of "1.36.3+local.0123abcd"
std::string minor_of(const std::string& version) {
    const auto dot = version.find('.');
    const auto second = dot == std::string::npos ? dot : version.find('.', dot + 1);
    return version.substr(0, second);
}

}  // namespace

std::string fate_of(const RuntimeFacts& before, const RuntimeFacts& after) {
    std::string text;
    if (!before.version.empty() && !after.version.empty()) {
        text = before.version == after.version
                   ? fmt::format("the runtime is {} as before, and ", after.version)
                   : fmt::format("the runtime is {} now, {} before, and ", after.version, before.version);
    } else {
        text = "the new runtime ";
    }
    const auto all = before.running.size();
    const auto gone = ended(before, after);
    if (gone == 0) return text + fmt::format("kept all {} containers that ran", all);
    if (gone < all) return text + fmt::format("ended {} of the {} containers that ran", gone, all);
    text += fmt::format("ended all {} containers that ran", all);
    // cri-o, internal/version: ShouldCrioWipe() compares the minor versions.
    const bool another = !before.version.empty() && minor_of(before.version) != minor_of(after.version);
    return another ? text + ": CRI-O does so when its minor version changes" : text;
}

void SwapWatch::before(guest::Node& node, const Context& context) {
    auto facts = ask(node, context);
    if (!facts) return;
    const std::lock_guard lock(mutex_);
    before_.emplace(node.name(), *std::move(facts));  // of several components, before the first
}

void SwapWatch::after(guest::Node& node, const Context& context) {
    const auto now = ask(node, context);
    std::string text = "the new runtime does not say what became of the containers";
    {
        const std::lock_guard lock(mutex_);
        const auto found = before_.find(node.name());
        if (found == before_.end() || found->second.running.empty()) return;
        ended_any_ = ended_any_ || !now || ended(found->second, *now) > 0;
        if (now) {
            text = fate_of(found->second, *now);
            found->second = *now;
        }
    }
    bus_.info(text, node.name());
}

void SwapWatch::took(Duration time) {
    const std::lock_guard lock(mutex_);
    longest_ = std::max(longest_, time);
}

Duration SwapWatch::longest() const {
    const std::lock_guard lock(mutex_);
    return longest_;
}

bool SwapWatch::ended_any() const {
    const std::lock_guard lock(mutex_);
    return ended_any_;
}

}  // namespace crib::engine
