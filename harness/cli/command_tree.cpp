#include "harness/cli/command_tree.h"

#include "harness/cli/command_words.h"

#include <algorithm>
#include <array>

namespace crib::cli {
namespace {

// Commands that pass on what stands behind "--".
constexpr std::array<std::string_view, 2> kPassingOn{"ssh", "kubectl"};

void add_shapes(const CLI::App& app, const std::string& before, std::vector<CommandShape>& shapes) {
    for (const auto* command : commands_of(app)) {
        const auto name = before + command->get_name();
        if (name == kHelp) continue;  // which is --help by another name
        if (!commands_of(*command).empty()) {
            add_shapes(*command, name + " ", shapes);
            continue;
        }
        CommandShape shape{name, {}};
        for (const auto* option : command->get_options()) {
            if (option->get_positional()) shape.words.push_back(option->get_name(true));
        }
        shapes.push_back(std::move(shape));
    }
}

}  // namespace

bool passes_on(std::string_view command) {
    return std::find(kPassingOn.begin(), kPassingOn.end(), command) != kPassingOn.end();
}

Words names_of(const std::vector<const CLI::App*>& commands) {
    Words names;
    for (const auto* command : commands) names.push_back(command->get_name());
    return names;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
    return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string title_of(const CLI::App& app) {
    const auto* parent = app.get_parent();
    if (parent == nullptr) return {};
    const auto before = title_of(*parent);
    return before.empty() ? app.get_name() : before + " " + app.get_name();
}

std::string full_title_of(const CLI::App& app) {
    return app.get_parent() == nullptr ? "crib" : "crib " + title_of(app);
}

bool is_option(const std::string& word) {
    return word.size() > 1 && word.front() == '-';
}

std::string option_name(const std::string& word) {
    return word.substr(0, word.find('='));
}

const CLI::Option* find_option(const CLI::App& app, const std::string& word) {
    const auto* option = app.get_option_no_throw(option_name(word));
    if (option != nullptr || app.get_parent() == nullptr) return option;
    return find_option(*app.get_parent(), word);
}

std::size_t values_of(const CLI::Option& option) {
    return static_cast<std::size_t>(std::max(0, option.get_items_expected_min()));
}

std::size_t words_of(const CLI::App& app, const std::string& word) {
    const auto* option = find_option(app, word);
    return option == nullptr || word.find('=') != std::string::npos ? 1 : 1 + values_of(*option);
}

std::size_t next_word(const CLI::App& app, const Words& words, std::size_t at) {
    while (at < words.size() && is_option(words[at])) at += words_of(app, words[at]);
    return at;
}

std::string usage_of(const CLI::App& command) {
    auto text = full_title_of(command);
    for (const auto* option : command.get_options()) {
        if (!option->get_positional()) continue;
        const auto name = option->get_name(true) + (option->get_items_expected_max() > 1 ? "..." : "");
        text += option->get_required() ? " " + name : " [" + name + "]";
    }
    return passes_on(command.get_name()) ? text + " [-- WORDS...]" : text;
}

Words options_of(const CLI::App& command) {
    Words names;
    for (const auto* app = &command; app != nullptr; app = app->get_parent()) {
        for (const auto* option : app->get_options()) {
            if (option->get_positional() || option->get_group().empty()) continue;
            for (const auto& name : option->get_lnames()) {
                if (find_option(command, "--" + name) == option) names.push_back("--" + name);
            }
        }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

const CLI::App& command_in(const CLI::App& app, const Words& words) {
    const CLI::App* command = &app;
    for (auto at = next_word(app, words, 0); at < words.size(); at = next_word(*command, words, at + 1)) {
        const auto below = commands_of(*command);
        const auto is_it = [&](const CLI::App* one) { return one->get_name() == words[at]; };
        const auto found = std::find_if(below.begin(), below.end(), is_it);
        if (found == below.end()) break;
        command = *found;
    }
    return *command;
}

std::vector<CommandShape> shapes_of(const CLI::App& app) {
    std::vector<CommandShape> shapes;
    add_shapes(app, "", shapes);
    return shapes;
}

}  // namespace crib::cli
