#include "harness/base/next_command.h"

#include "harness/base/shown_word.h"
#include "harness/base/text.h"

#include <algorithm>

namespace crib {

std::string NextCommand::operator()(std::string_view name, const std::vector<std::string>& operands,
                                    const std::vector<std::string>& options) const {
    std::vector<std::string> words{"crib"};
    // Alone, a value that begins with a dash would be an option.
    if (given_state_.starts_with('-')) {
        words.push_back("--state=" + given_state_);
    } else if (!given_state_.empty()) {
        words.insert(words.end(), {"--state", given_state_});
    }
    for (const auto& word : split(name, ' ')) words.push_back(word);
    const auto looks_like_an_option = [](const std::string& word) { return word.starts_with('-'); };
    const bool needs_dashes = std::ranges::any_of(operands, looks_like_an_option);
    if (!needs_dashes) words.insert(words.end(), operands.begin(), operands.end());
    words.insert(words.end(), options.begin(), options.end());
    if (needs_dashes) {
        words.emplace_back("--");
        words.insert(words.end(), operands.begin(), operands.end());
    }
    std::vector<std::string> shown;
    for (const auto& word : words) shown.push_back(shown_word(word));
    return join(shown, " ");
}

}  // namespace crib
