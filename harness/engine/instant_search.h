#pragma once
// InstantSearch: the checkpoint that a kept cluster goes back to before a step is run again, or why there is none.

#include "harness/base/context.h"
#include "harness/base/next_command.h"
#include "harness/engine/redo.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace crib::engine {

class InstantSearch {
public:
    // Of a run whose plan is now `plan`, with these keys of its stages.
    struct Question {
        const provision::Plan& plan;
        const checkpoint::KeyChain& now;
        const std::set<std::string>& unusable;  // keys of checkpoints that did not come back
        std::string run;
        std::string scenario_file;
        NextCommand next_command = {};
    };
    // `then`: the keys that the run came by; `here`: its cluster.
    InstantSearch(CheckpointKeeper& keeper, Question question, checkpoint::RunStages then, ClusterState here);

    struct Found {
        Instant instant;
        std::unique_ptr<HeldCheckpoint> held;
    };
    // The latest one. Error(usage) when there is none, and when the plan does not lead to it: what was seen after going
    // on from it would be the work of steps that nobody can read any more.
    [[nodiscard]] Found before(const std::string& step, const Context& context) const;

private:
    [[nodiscard]] std::vector<Instant> all_before(std::size_t end) const;
    [[nodiscard]] std::unique_ptr<HeldCheckpoint> open(const Instant& instant, const Context& context) const;
    [[noreturn]] void refuse_changed(const Instant& instant, const Context& context) const;
    [[noreturn]] void refuse_all(const std::string& step, std::size_t end, const Context& context) const;

    CheckpointKeeper& keeper_;
    Question question_;
    checkpoint::RunStages then_;
    ClusterState here_;
    std::vector<NamedCheckpoint> named_;
};

}  // namespace crib::engine
