#include "harness/engine/redo.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::engine {
namespace {

using checkpoint::KeyChain;

KeyChain until(const KeyChain& chain, std::size_t stages) {
    return {chain.begin(), chain.begin() + static_cast<std::ptrdiff_t>(stages)};
}

std::size_t place_of(const provision::Plan& plan, const std::string& stage) {
    const auto found = std::find(plan.stages.begin(), plan.stages.end(), stage);
    return static_cast<std::size_t>(found - plan.stages.begin());
}

// The same stages in the same order, whatever led to them.
bool has_stages_of(const KeyChain& led, const KeyChain& now) {
    return led.size() <= now.size() && std::equal(led.begin(), led.end(), now.begin(),
                                                  [](const auto& a, const auto& b) { return a.stage == b.stage; });
}

// Nothing when it cannot be read: it may be another cluster's, and another crib's.
std::optional<ClusterState> state_of(const NamedCheckpoint& one) {
    try {
        return parse_cluster_state(one.state);
    } catch (const Error&) {
        return std::nullopt;
    }
}

// What a person saved is led to by the stages that had ended, and by nothing else.
std::optional<Instant> instant_of(const NamedCheckpoint& one, const ClusterState& here) {
    const auto known = state_of(one);
    if (!known) return std::nullopt;
    const auto& state = *known;
    if (state.begun || one.chain.size() < 2 || state.keys.host_public != here.keys.host_public) return std::nullopt;
    const auto led = until(one.chain, one.chain.size() - 1);
    if (led.back().stage != state.stage) return std::nullopt;
    return Instant{one.name, one.chain, led, led.size()};
}

}  // namespace

std::size_t stage_of_step(const provision::Plan& plan, const std::string& step) {
    auto place = plan.stages.size();
    std::vector<std::string> known;
    for (const auto& one : plan.steps) {
        known.push_back(one.id);
        if (one.id == step) place = std::min(place, place_of(plan, one.stage));
    }
    if (std::find(known.begin(), known.end(), step) != known.end()) return place;
    const auto near = nearest(step, known);
    known.erase(std::unique(known.begin(), known.end()), known.end());
    throw Error(ErrorKind::usage, fmt::format("--from {}: there is no such step in the plan", step),
                fmt::format("{}the steps are: {}", near ? "did you mean " + *near + "? " : "", join(known, ", ")));
}

std::vector<Instant> instants_before(std::size_t end, const KeyChain& now, const checkpoint::RunStages& then,
                                     const std::vector<NamedCheckpoint>& named, const ClusterState& here) {
    std::vector<Instant> all;
    KeyChain came_by;
    for (const auto& stage : then.stages) came_by.push_back(stage.key);
    for (std::size_t stages = 1; stages <= end; ++stages) {
        all.push_back({now[stages - 1].stage, until(now, stages), until(now, stages), stages});
        if (stages > came_by.size()) continue;
        const auto old = until(came_by, stages);
        if (checkpoint::key_of(old) != now[stages - 1].key) all.push_back({old.back().stage, old, old, stages});
    }
    for (auto one = named.rbegin(); one != named.rend(); ++one) {
        auto instant = instant_of(*one, here);
        if (instant && instant->stages <= end) all.push_back(std::move(*instant));
    }
    std::erase_if(all, [&](const Instant& instant) { return !has_stages_of(instant.led, now); });
    std::stable_sort(all.begin(), all.end(), [](const Instant& a, const Instant& b) { return a.stages > b.stages; });
    return all;
}

bool leads_to(const KeyChain& now, const Instant& instant) {
    return instant.stages <= now.size() && now[instant.stages - 1].key == checkpoint::key_of(instant.led);
}

Change first_change(const provision::Plan& plan, const KeyChain& now, const Instant& instant) {
    const auto why = checkpoint::explain(until(now, instant.stages), {instant.led});
    Change change;
    if (why.sentences.empty()) return change;
    change.what = why.sentences.front();
    change.more = why.sentences.size() - 1;
    const auto beginning_with = [&](const std::string& begin) {
        return std::find_if(why.sentences.begin(), why.sentences.end(),
                            [&](const std::string& sentence) { return sentence.starts_with(begin); });
    };
    for (const auto& step : plan.steps) {
        const auto name = fmt::format("step {} on {}", step.id, step.node);
        const auto any = beginning_with(name + " ");
        if (any == why.sentences.end()) continue;
        // Its script tells more than its inputs; of a new step, all of it is new.
        const auto script = beginning_with(name + " script");
        const bool is_new = script != why.sentences.end() && script->ends_with("not there");
        change.step = step.id;
        change.what = is_new ? name + " is new" : script != why.sentences.end() ? *script : *any;
        break;
    }
    return change;
}

std::vector<std::string> steps_before(const provision::Plan& plan, const std::string& step, std::size_t begin) {
    std::vector<std::string> before;
    for (const auto& one : plan.steps) {
        if (one.id == step) break;
        const bool again = place_of(plan, one.stage) >= begin;
        if (again && std::find(before.begin(), before.end(), one.id) == before.end()) before.push_back(one.id);
    }
    return before;
}

}  // namespace crib::engine
