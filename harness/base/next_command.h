#pragma once
// NextCommand: commands of crib that a message tells its reader to type, as a shell takes them (shown_word.h).

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crib {

class NextCommand {
public:
    NextCommand() = default;
    // `given_state`: --state of the command line; empty: none was given. A command without it would act on another
    // folder.
    explicit NextCommand(std::string given_state) : given_state_(std::move(given_state)) {}

    // "crib --state DIR cache rm NAME --dry-run": `name` is the command with flags that may come first, in plain words.
    // All else is quoted where a shell needs it, and "--" comes before operands of which one begins with a dash.
    [[nodiscard]] std::string operator()(std::string_view name, const std::vector<std::string>& operands = {},
                                         const std::vector<std::string>& options = {}) const;

private:
    std::string given_state_;
};

}  // namespace crib
