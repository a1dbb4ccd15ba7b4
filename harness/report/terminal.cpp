#include "harness/report/terminal.h"

#include "harness/base/text.h"
#include "harness/events/record.h"
#include "harness/report/lines.h"
#include "harness/report/live_view.h"
#include "harness/report/summary.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace crib::report {
namespace {

using namespace std::chrono_literals;

std::string timed(Duration at, const std::string& line) {
    return fmt::format("{:>7}  {}\n", to_short_string(at), line);
}

class Plain final : public events::Sink {
public:
    Plain(Write write, bool verbose, bool colour, NextCommand next_command)
        : write_(std::move(write)),
          detail_(verbose ? Detail::verbose : Detail::all),
          style_(colour),
          next_command_(std::move(next_command)) {}

    void on(const events::Event& event) override {
        recorder_.on(event);
        if (repeats(event)) return;
        std::string text;
        for (const auto& line : lines_of(event, detail_, style_)) text += timed(event.at, line);
        if (std::holds_alternative<events::RunFinished>(event.body))
            text += summary(recorder_.record(), style_, next_command_);
        if (!text.empty()) write_(text);
    }

private:
    // Is this no news? A log is read by people: no line twice, no flood of what is only on its way.
    bool repeats(const events::Event& event) {
        if (const auto* doing = std::get_if<events::NodeDoing>(&event.body)) {
            if (doing->what.empty() || doing_[doing->node] == doing->what) return true;
            if (!is_due("node " + doing->node, event.at)) return true;
            doing_[doing->node] = doing->what;
            return false;
        }
        const auto* progress = std::get_if<events::Progress>(&event.body);
        if (progress == nullptr) return false;
        if (progress->finished) {
            told_.erase("work " + progress->subject);
            return false;
        }
        return !is_due("work " + progress->subject, event.at);
    }

    bool is_due(const std::string& subject, Duration at) {
        const auto [place, is_new] = told_.try_emplace(subject, at);
        if (!is_new && at - place->second < 10s) return false;
        place->second = at;
        return true;
    }

    Write write_;
    Detail detail_;
    Style style_;
    NextCommand next_command_;
    events::Recorder recorder_;
    std::map<std::string, std::string> doing_;  // what each node was last said to do
    std::map<std::string, Duration> told_;      // when each was last told of
};

class Live final : public LiveTerminal {
public:
    Live(Write write, std::function<TerminalSize()> size, Clock& clock, bool verbose, bool colour, bool with_thread,
         NextCommand next_command)
        : write_(std::move(write)),
          size_(std::move(size)),
          clock_(clock),
          detail_(verbose ? Detail::verbose : Detail::lasting),
          style_(colour),
          next_command_(std::move(next_command)) {
        if (with_thread) {
            ticker_ = std::jthread([this](const std::stop_token& stop) {
                while (clock_.sleep_until(clock_.now() + 1s, stop)) tick();
            });
        }
    }

    ~Live() override {
        ticker_ = {};  // before anything that it uses goes
        const std::lock_guard lock(mutex_);
        if (!done_ && drawn_ > 0) write_(erase_live());
    }

    Live(const Live&) = delete;
    Live& operator=(const Live&) = delete;

    void on(const events::Event& event) override {
        const std::lock_guard lock(mutex_);
        recorder_.on(event);
        view_.apply(event);
        base_ = clock_.now() - event.at;
        auto frame = erase_live();
        for (const auto& line : lines_of(event, detail_, style_)) frame += timed(event.at, line);
        if (std::holds_alternative<events::RunFinished>(event.body)) {
            done_ = true;
            frame += summary(recorder_.record(), style_, next_command_);
        } else {
            frame += draw_live();
        }
        write_(frame);
    }

    void tick() override {
        const std::lock_guard lock(mutex_);
        if (done_ || base_ == TimePoint{}) return;
        write_(erase_live() + draw_live());
    }

private:
    // Cursor to the first live line, and nothing from there on. One write a frame: no flicker.
    std::string erase_live() {
        const auto lines = std::exchange(drawn_, 0);
        return lines == 0 ? std::string{} : fmt::format("\x1b[{}A\r\x1b[J", lines);
    }

    std::string draw_live() {
        const auto size = size_();
        // A full last column makes some terminals wrap; a full screen cannot be moved back over.
        const auto width = std::max<std::size_t>(size.width, 2) - 1;
        const auto height = std::max<std::size_t>(size.height, 3) - 2;
        std::string text;
        const auto lines = view_.render(clock_.now() - base_, width, height, style_);
        for (const auto& line : lines) text += line + "\n";
        drawn_ = lines.size();
        return text;
    }

    Write write_;
    std::function<TerminalSize()> size_;
    Clock& clock_;
    Detail detail_;
    Style style_;
    NextCommand next_command_;
    std::mutex mutex_;
    events::Recorder recorder_;
    LiveView view_;
    TimePoint base_{};  // when the run began
    std::size_t drawn_ = 0;
    bool done_ = false;
    std::jthread ticker_;
};

TerminalSize size_of(int descriptor) {
    struct winsize size {};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
    return {size.ws_col, size.ws_row};
}

bool is_smart_terminal(int descriptor) {
    const char* term = std::getenv("TERM");
    return ::isatty(descriptor) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

}  // namespace

std::unique_ptr<events::Sink> plain_terminal(Write write, bool verbose, bool colour, NextCommand next_command) {
    return std::make_unique<Plain>(std::move(write), verbose, colour, std::move(next_command));
}

std::unique_ptr<LiveTerminal> live_terminal(Write write, std::function<TerminalSize()> size, Clock& clock, bool verbose,
                                            bool colour, bool with_thread, NextCommand next_command) {
    return std::make_unique<Live>(std::move(write), std::move(size), clock, verbose, colour, with_thread,
                                  std::move(next_command));
}

bool wants_colour(int descriptor) {
    const char* no_color = std::getenv("NO_COLOR");
    const bool refused = no_color != nullptr && *no_color != '\0';
    return !refused && is_smart_terminal(descriptor);
}

std::unique_ptr<events::Sink> terminal_for(int descriptor, Write write, Clock& clock, bool verbose,
                                           NextCommand next_command) {
    if (!is_smart_terminal(descriptor))
        return plain_terminal(std::move(write), verbose, false, std::move(next_command));
    auto size = [descriptor] { return size_of(descriptor); };
    return live_terminal(std::move(write), std::move(size), clock, verbose, wants_colour(descriptor), true,
                         std::move(next_command));
}

}  // namespace crib::report
