#include "harness/cli/command_words.h"

#include "harness/base/text.h"
#include "harness/cli/printed.h"
#include "harness/hypervisor/driver_uri.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace crib::cli {
namespace {

std::vector<std::string> names_of(const std::vector<const CLI::App*>& commands) {
    std::vector<std::string> names;
    for (const auto* command : commands) names.push_back(command->get_name());
    return names;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
    return app.get_subcommands([](const CLI::App*) { return true; });
}

// "cache ls"; of crib itself, nothing.
std::string title_of(const CLI::App& app) {
    const auto* parent = app.get_parent();
    if (parent == nullptr) return {};
    const auto before = title_of(*parent);
    return before.empty() ? app.get_name() : before + " " + app.get_name();
}

std::string full_title_of(const CLI::App& app) {
    return app.get_parent() == nullptr ? "crib" : "crib " + title_of(app);
}

std::string offer(const CLI::App& app) {
    return fmt::format("  the commands are: {} ({} --help)\n", join(names_of(commands_of(app)), ", "),
                       full_title_of(app));
}

// The place of the first word that is no option and no option's value.
std::size_t next_word(const std::vector<std::string>& words, std::size_t at) {
    while (at < words.size() && words[at].starts_with("-")) at += words[at] == "--state" ? 2 : 1;
    return at;
}

std::optional<std::string> unknown_below(const CLI::App& app, const std::vector<std::string>& words, std::size_t at) {
    const auto known = commands_of(app);
    at = next_word(words, at);
    if (known.empty() || at >= words.size()) return std::nullopt;
    const auto& word = words[at];
    for (const auto* command : known) {
        if (command->get_name() == word) return unknown_below(*command, words, at + 1);
    }
    const auto title = title_of(app);
    auto text = printed("crib: there is no command \"{}{}{}\"\n", title, title.empty() ? "" : " ", word);
    if (const auto near = nearest(word, names_of(known))) {
        text += fmt::format("  did you mean: {} {}\n", full_title_of(app), *near);
    }
    return text + offer(app);
}

void add_shapes(const CLI::App& app, const std::string& before, std::vector<CommandShape>& shapes) {
    for (const auto* command : commands_of(app)) {
        const auto name = before + command->get_name();
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

std::vector<std::string> with_help_as_option(std::vector<std::string> words) {
    if (words.empty() || words.front() != "help") return words;
    words.erase(words.begin());
    words.emplace_back("--help");
    return words;
}

std::optional<std::string> unknown_command(const CLI::App& app, const std::vector<std::string>& words) {
    return unknown_below(app, words, 0);
}

std::string explain(const CLI::App& app, const CLI::ParseError& error) {
    const auto* command = &app;
    for (auto parsed = command->get_subcommands(); !parsed.empty(); parsed = command->get_subcommands()) {
        command = parsed.front();
    }
    if (!commands_of(*command).empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
        const auto title = title_of(*command);
        return fmt::format("crib: {}{}no command is given\n{}", title, title.empty() ? "" : ": ", offer(*command));
    }
    return printed("crib: {}\n  see: {} --help\n", error.what(), full_title_of(*command));
}

std::vector<CommandShape> shapes_of(const CLI::App& app) {
    std::vector<CommandShape> shapes;
    add_shapes(app, "", shapes);
    return shapes;
}

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
    const auto judge = [least, most](const std::string& text) {
        std::uint64_t value = 0;
        const auto* end = text.data() + text.size();
        const auto [read, problem] = std::from_chars(text.data(), end, value);
        if (problem == std::errc() && read == end && value >= least && value <= most) return std::string();
        return printed("\"{}\" is no whole number from {} to {}", text, least, most);
    };
    return {judge, fmt::format("{} to {}", least, most)};
}

CLI::Validator driver_uri() {
    const auto judge = [](const std::string& text) {
        const auto objection = hypervisor::objection_to_uri(text);
        return objection.empty() ? objection : printed("\"{}\": {}", text, objection);
    };
    return {judge, ""};
}

void require_one_of(const std::string& one, bool has_one, const std::string& other, bool has_other) {
    if (has_one && has_other) throw CLI::ValidationError(one + " and " + other + " exclude each other");
    if (!has_one && !has_other) throw CLI::RequiredError(one + " or " + other);
}

}  // namespace crib::cli
