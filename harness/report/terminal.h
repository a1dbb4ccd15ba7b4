#pragma once
// Terminal: a run on a person's screen. On a terminal one live line a node; elsewhere one plain line an event.

#include "harness/base/clock.h"
#include "harness/base/next_command.h"
#include "harness/events/bus.h"

#include <functional>
#include <memory>
#include <string_view>

namespace crib::report {

using Write = std::function<void(std::string_view)>;

struct TerminalSize {
    std::size_t width = 80;
    std::size_t height = 24;
};

// One line an event, each with the time since the run began: "  12.3s  master     kubeadm-init: ...".
// What a node is doing and how far a long work is, is told at most every 10 seconds. Ends with the summary, which
// names commands.
[[nodiscard]] std::unique_ptr<events::Sink> plain_terminal(Write write, bool verbose, bool colour,
                                                           NextCommand next_command = {});

// Results scroll by; below them are the live lines, drawn anew with each event and once a second by
// a thread of its own, which ends with the sink. `size` is asked at each drawing (windows change).
class LiveTerminal : public events::Sink {
public:
    virtual void tick() = 0;  // draws anew; for tests, which have no thread
};
[[nodiscard]] std::unique_ptr<LiveTerminal> live_terminal(Write write, std::function<TerminalSize()> size, Clock& clock,
                                                          bool verbose, bool colour, bool with_thread,
                                                          NextCommand next_command = {});

// The one of the two that suits the descriptor (usually 2 or 1) and the environment, writing by `write`: live only on a
// terminal that can move its cursor (TERM is not "dumb"), colour only there and without NO_COLOR.
[[nodiscard]] std::unique_ptr<events::Sink> terminal_for(int descriptor, Write write, Clock& clock, bool verbose,
                                                         NextCommand next_command = {});

// Should text for this descriptor be coloured?
[[nodiscard]] bool wants_colour(int descriptor);

}  // namespace crib::report
