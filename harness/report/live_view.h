#pragma once
// LiveView: what is going on now, as a few lines: the stage, one line a node, one line a long piece of work. Pure.

#include "harness/events/event.h"
#include "harness/report/style.h"

#include <string>
#include <vector>

namespace crib::report {

class LiveView {
public:
    void apply(const events::Event& event);

    // At most `height` lines of at most `width` columns. `now` is the time since the run began.
    [[nodiscard]] std::vector<std::string> render(Duration now, std::size_t width, std::size_t height,
                                                  const Style& style) const;

private:
    struct Work {
        std::string name;
        std::string what;
        Duration since{};
    };
    struct Node {
        std::string name;
        std::string doing;
        Duration since{};
        std::vector<Work> steps;  // that run now, the oldest first
    };

    Node& node(const std::string& name);
    void on(const events::NodeDoing& event, Duration at);
    void on(const events::StepStarted& event, Duration at);
    void on(const events::StepFinished& event, Duration at);
    void on(const events::Progress& event, Duration at);

    std::string stage_;
    Duration stage_since_{};
    std::vector<Node> nodes_;  // in the order in which they were first heard of
    std::vector<Work> checks_;
    std::vector<Work> works_;
};

}  // namespace crib::report
