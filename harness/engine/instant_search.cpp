#include "harness/engine/instant_search.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::engine {

InstantSearch::InstantSearch(CheckpointKeeper& keeper, Question question, checkpoint::RunStages then, ClusterState here)
    : keeper_(keeper),
      question_(std::move(question)),
      then_(std::move(then)),
      here_(std::move(here)),
      named_(keeper.named()) {}

std::vector<Instant> InstantSearch::all_before(std::size_t end) const {
    return instants_before(end, question_.now, then_, named_, here_);
}

std::unique_ptr<HeldCheckpoint> InstantSearch::open(const Instant& instant, const Context& context) const {
    if (question_.unusable.contains(checkpoint::key_of(instant.chain))) return nullptr;
    std::string why;
    return keeper_.find(instant.chain, why, context);
}

InstantSearch::Found InstantSearch::before(const std::string& step, const Context& context) const {
    const auto end = stage_of_step(question_.plan, step);
    for (const auto& instant : all_before(end)) {
        auto held = open(instant, context);
        if (!held) continue;
        if (!leads_to(question_.now, instant)) refuse_changed(instant, context);
        return {instant, std::move(held)};
    }
    refuse_all(step, end, context);
}

void InstantSearch::refuse_changed(const Instant& instant, const Context& context) const {
    const auto change = first_change(question_.plan, question_.now, instant);
    auto cure = question_.next_command("run", {question_.scenario_file}) + " makes a new cluster";
    if (!change.step.empty()) {
        const auto earlier = all_before(stage_of_step(question_.plan, change.step));
        const bool can_redo = std::any_of(earlier.begin(), earlier.end(), [&](const Instant& one) {
            return leads_to(question_.now, one) && open(one, context) != nullptr;
        });
        if (can_redo) {
            cure = fmt::format("{} runs it again too; {}",
                               question_.next_command("redo", {question_.run}, {"--from", change.step}), cure);
        }
    }
    const auto more = change.more > 0 ? fmt::format(" (and {} more)", change.more) : "";
    throw Error(ErrorKind::usage,
                fmt::format("the scenario has changed before {}, which {} would go back to: {}{}", instant.name,
                            question_.run, change.what, more),
                cure);
}

void InstantSearch::refuse_all(const std::string& step, std::size_t end, const Context& context) const {
    std::vector<std::string> there;
    for (const auto& instant : all_before(question_.now.size())) {
        const bool told = std::find(there.begin(), there.end(), instant.name) != there.end();
        if (!told && open(instant, context)) there.push_back(instant.name);
    }
    throw Error(ErrorKind::usage,
                fmt::format("no checkpoint of {} lies before {}, which belongs to {}", question_.run, step,
                            question_.plan.stages.at(end)),
                fmt::format("{}; {} saves one at the end of an earlier stage",
                            there.empty() ? "there are none" : "there are only " + join(there, ", "),
                            question_.next_command("run --keep --save STAGE", {question_.scenario_file})));
}

}  // namespace crib::engine
