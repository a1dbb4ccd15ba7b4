#include "harness/cli/command_words.h"

#include "harness/base/text.h"
#include "harness/cli/command_tree.h"
#include "harness/cli/option_values.h"
#include "harness/cli/printed.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::cli {
namespace {

// A mistake that crib itself finds in what has been parsed.
class Contradiction : public CLI::ParseError {
public:
    explicit Contradiction(const std::string& text)
        : CLI::ParseError("Contradiction", text, CLI::ExitCodes::ValidationError) {}
};

struct Mistake {
    std::string text;
    std::vector<std::string> hints{};
};

std::string offer(const CLI::App& app) {
    return fmt::format("the commands are: {} ({} --help)", join(names_of(commands_of(app)), ", "), full_title_of(app));
}

std::string see(const CLI::App& app) {
    return fmt::format("see: {} --help", full_title_of(app));
}

Mistake no_such_option(const CLI::App& command, const std::string& word) {
    const auto title = title_of(command);
    Mistake mistake{printed("there is no option \"{}\"{}", option_name(word),
                            title.empty() ? std::string() : " of " + full_title_of(command))};
    const auto known = options_of(command);
    const auto meant = word.starts_with("--") ? option_name(word) : "-" + word;
    // One letter is near to every other one.
    const auto near = meant.size() > 3 ? nearest(meant, known) : std::nullopt;
    mistake.hints.push_back(near ? fmt::format("did you mean: {}", *near)
                                 : fmt::format("the options are: {}", join(known, ", ")));
    return mistake;
}

std::string whole(const Mistake& mistake, const std::string& last) {
    std::string text = "crib: " + mistake.text + "\n";
    for (const auto& hint : mistake.hints) text += "  " + hint + "\n";
    return text + "  " + last + "\n";
}

std::optional<std::string> unknown_option_before(const CLI::App& app, const Words& words, std::size_t from,
                                                 std::size_t to) {
    for (auto at = from; at < std::min(to, words.size()); at += words_of(app, words[at])) {
        if (!is_option(words[at]) || words[at] == "--" || find_option(app, words[at]) != nullptr) continue;
        auto mistake = no_such_option(app, words[at]);
        const auto next = to < words.size() ? words[to] : std::string();
        for (const auto* command : commands_of(app)) {
            if (command->get_name() != next || command->get_option_no_throw(option_name(words[at])) == nullptr)
                continue;
            mistake.hints = {
                printed("it is one of {0}, and stands behind that: {0} {1}", full_title_of(*command), words[at])};
        }
        return whole(mistake, see(app));
    }
    return std::nullopt;
}

std::optional<std::string> unknown_below(const CLI::App& app, const Words& words, std::size_t from) {
    const auto known = commands_of(app);
    if (known.empty()) return std::nullopt;
    const auto at = next_word(app, words, from);
    if (const auto text = unknown_option_before(app, words, from, at)) return text;
    if (at >= words.size()) return std::nullopt;
    const auto& word = words[at];
    for (const auto* command : known) {
        if (command->get_name() == word) return unknown_below(*command, words, at + 1);
    }
    const auto title = title_of(app);
    Mistake mistake{printed("there is no command \"{}{}{}\"", title, title.empty() ? "" : " ", word)};
    if (const auto near = nearest(word, names_of(known))) {
        mistake.hints.push_back(fmt::format("did you mean: {} {}", full_title_of(app), *near));
    }
    return whole(mistake, offer(app));
}

// --- What is wrong, by what has been parsed -------------------------------------------------------------------------

// "-erbose" is what is left of "-verbose" behind "-v": people look for the word that they have written.
std::string as_written(const Words& words, const std::string& rest) {
    for (const auto& word : words) {
        if (word.size() > rest.size() && is_option(word) && word[1] != '-' && word.ends_with(rest.substr(1)))
            return word;
    }
    return rest;
}

std::optional<Mistake> unknown_option(const CLI::App& app, const CLI::App& command, const Words& words) {
    for (const auto& word : app.remaining(true)) {
        if (!is_option(word) || word == "--") continue;
        auto mistake = no_such_option(command, word.starts_with("--") ? word : as_written(words, word));
        if (passes_on(command.get_name())) {
            mistake.hints.push_back("what is not for crib stands behind --: " + usage_of(command));
        }
        return mistake;
    }
    return std::nullopt;
}

// "--keep" of "--keep failed": the option before this word that takes its value behind "=" only.
std::optional<std::string> option_that_means(const CLI::App& command, const Words& words, const std::string& word) {
    const auto at = std::find(words.begin(), words.end(), word);
    if (at == words.begin() || at == words.end()) return std::nullopt;
    const auto& before = *(at - 1);
    const auto* option = is_option(before) ? find_option(command, before) : nullptr;
    if (option == nullptr || before.find('=') != std::string::npos) return std::nullopt;
    // CLI11's "fnames": flags that a text stands for when they have no value, "--keep{always}", and "--no-..." of
    // others.
    const auto& flags = option->get_fnames();
    const bool may_have_one =
        std::find(flags.begin(), flags.end(), before.substr(2)) != flags.end() && !before.starts_with("--no-");
    if (!may_have_one) return std::nullopt;
    return before;
}

std::optional<Mistake> extra_word(const CLI::App& app, const CLI::App& command, const Words& words) {
    for (const auto& extra : app.remaining(true)) {
        if (is_option(extra)) continue;
        Mistake mistake{printed("\"{}\" is one word too many", extra), {"it is: " + usage_of(command)}};
        // Which of them is too many, crib cannot know: "--keep failed a.json" leaves the last one over.
        for (const auto& word : words) {
            const auto option = option_that_means(command, words, word);
            if (option) mistake.hints.push_back(printed("if \"{1}\" is {0}'s: {0}={1}", *option, word));
        }
        return mistake;
    }
    return std::nullopt;
}

// Parsing ends at an option only when there are not as many words behind it as it takes.
std::optional<Mistake> missing_value(const CLI::App& command, const Words& words) {
    for (auto at = words.size(); at-- > 0;) {
        const auto* option = is_option(words[at]) ? find_option(command, words[at]) : nullptr;
        if (option == nullptr || words.size() - at - 1 >= values_of(*option)) continue;
        const auto name = option_name(words[at]);
        const auto text = values_of(*option) == 1 ? fmt::format("the value of {} is missing", name)
                                                  : fmt::format("{} takes {} values: {}", name, values_of(*option),
                                                                option->get_type_name());
        if (option->get_description().empty()) return Mistake{text};
        return Mistake{text, {fmt::format("{}: {}", name, option->get_description())}};
    }
    return std::nullopt;
}

std::optional<Mistake> value_of_flag(const CLI::App& command, const Words& words) {
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (!word.starts_with("--") || equals == std::string::npos) continue;
        const auto* option = find_option(command, word);
        if (option == nullptr || option->get_items_expected_max() > 0) continue;
        return Mistake{printed("{} takes no value, and \"{}\" is one", option_name(word), word.substr(equals + 1))};
    }
    return std::nullopt;
}

template <typename Judge>
std::optional<Mistake> first_of_options(const CLI::App& command, const Judge& judge) {
    for (const auto* app = &command; app != nullptr; app = app->get_parent()) {
        for (const auto* option : app->get_options()) {
            if (auto mistake = judge(*option)) return mistake;
        }
    }
    return std::nullopt;
}

std::optional<Mistake> given_too_often(const CLI::App& command, const Words& words, const CLI::Option& option) {
    const auto most = static_cast<std::size_t>(std::max(1, option.get_items_expected_max()));
    if (option.count() <= most || option.get_multi_option_policy() != CLI::MultiOptionPolicy::Throw) {
        return std::nullopt;
    }
    Words given;  // by what names: "--save" and "--no-save" are one option
    for (const auto& word : words) {
        if (is_option(word) && find_option(command, word) == &option) given.push_back(option_name(word));
    }
    if (given.size() == 2 && given[0] != given[1] && given[0].starts_with("--no-") != given[1].starts_with("--no-")) {
        return Mistake{fmt::format("{} and {} exclude each other", given[0], given[1])};
    }
    return Mistake{
        fmt::format("{} is given {} times, and may be given once", full_name(option), option.count() / most)};
}

std::optional<Mistake> without_its_company(const CLI::Option& option) {
    if (option.count() == 0) return std::nullopt;
    for (const auto* other : option.get_needs()) {
        if (other->count() > 0) continue;
        const auto name = full_name(*other);
        return Mistake{fmt::format("{} goes only with {}", full_name(option), name),
                       {fmt::format("{}: {}", name, other->get_description())}};
    }
    for (const auto* other : option.get_excludes()) {
        if (other->count() == 0) continue;
        return Mistake{fmt::format("{} and {} exclude each other", full_name(option), full_name(*other))};
    }
    return std::nullopt;
}

std::optional<Mistake> missing_words(const CLI::App& command) {
    Words names;
    Words hints;
    for (const auto* option : command.get_options()) {
        if (!option->get_required() || option->count() > 0) continue;
        names.push_back(option->get_name());
        if (option->get_description().empty()) continue;
        hints.push_back(fmt::format("{}: {}", option->get_name(), option->get_description()));
    }
    if (names.empty()) return std::nullopt;
    hints.insert(hints.begin(), "it is: " + usage_of(command));
    return Mistake{fmt::format("{} {} missing", join(names, " and "), names.size() == 1 ? "is" : "are"), hints};
}

Mistake mistake_in(const CLI::App& app, const CLI::App& command, const Words& words, const CLI::ParseError& error) {
    if (auto found = unknown_option(app, command, words)) return *found;
    // The words of crib's own validators, behind the option's name.
    const bool own = dynamic_cast<const Contradiction*>(&error) != nullptr ||
                     dynamic_cast<const CLI::ValidationError*>(&error) != nullptr;
    if (own) {
        const std::string text = error.what();
        return {printed("{}", text.starts_with(": ") ? text.substr(2) : text)};  // of an option that is not shown
    }
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
        const auto too_often = [&](const CLI::Option& option) { return given_too_often(command, words, option); };
        if (auto found = first_of_options(command, too_often)) return *found;
        if (auto found = missing_value(command, words)) return *found;
    }
    if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
        if (auto found = value_of_flag(command, words)) return *found;
    }
    if (auto found = missing_words(command)) return *found;
    if (auto found = first_of_options(command, without_its_company)) return *found;
    if (auto found = extra_word(app, command, words)) return *found;
    return {"these words are no command line of crib"};
}

}  // namespace

Words with_help_as_option(const CLI::App& app, Words words) {
    const auto at = next_word(app, words, 0);
    if (at >= words.size() || words[at] != kHelp) return words;
    const auto place = words.begin() + static_cast<std::ptrdiff_t>(at);
    *place = "--help";
    return words;
}

std::optional<std::string> word_too_many_for_help(const CLI::App& app, const Words& words) {
    auto at = next_word(app, words, 0);
    if (at >= words.size() || words[at] != kHelp) return std::nullopt;
    const CLI::App* command = &app;
    while ((at = next_word(*command, words, at + 1)) < words.size()) {
        const auto below = commands_of(*command);
        const auto is_it = [&](const CLI::App* one) { return one->get_name() == words[at]; };
        const auto found = std::find_if(below.begin(), below.end(), is_it);
        if (found == below.end() && !below.empty()) return std::nullopt;  // unknown_command() has a better word
        if (found == below.end()) {
            return whole({printed("\"{}\" is one word too many", words[at]), {"it is: crib help COMMAND"}},
                         see(*command));
        }
        command = *found;
    }
    return std::nullopt;
}

Words cut_tail(const CLI::App& app, Words& words) {
    const auto command = next_word(app, words, 0);
    if (command >= words.size() || !passes_on(words[command])) return {};
    const auto dashes = std::find(words.begin(), words.end(), "--");
    if (dashes == words.end()) return {};
    Words tail(dashes + 1, words.end());
    words.erase(dashes, words.end());
    return tail;
}

std::optional<std::string> empty_value(const CLI::App& app, const Words& words) {
    for (const auto& word : words) {
        if (word.size() <= 3 || !word.starts_with("--") || word.find('=') != word.size() - 1) continue;
        return whole({printed("{}: its value is empty", option_name(word))}, see(command_in(app, words)));
    }
    return std::nullopt;
}

std::optional<std::string> unknown_command(const CLI::App& app, const Words& words) {
    return unknown_below(app, words, 0);
}

std::string explain(const CLI::App& app, const Words& words, const CLI::ParseError& error) {
    const auto* command = &app;
    for (auto parsed = command->get_subcommands(); !parsed.empty(); parsed = command->get_subcommands()) {
        command = parsed.front();
    }
    const bool lacks_command =
        !commands_of(*command).empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    if (lacks_command && !unknown_option(app, *command, words)) {
        const auto title = title_of(*command);
        return whole({fmt::format("{}{}no command is given", title, title.empty() ? "" : ": ")}, offer(*command));
    }
    return whole(mistake_in(app, *command, words, error), see(*command));
}

std::string as_typed(const LockCommand& command, const NextCommand& next_command) {
    std::vector<std::string> options;
    if (command.cells) options.emplace_back("--cells");
    const auto add = [&](const char* option, const std::vector<std::string>& values) {
        for (const auto& value : values) options.insert(options.end(), {option, value});
    };
    add("--only", command.only);
    add("--set", command.sets);
    add("--component", command.components);
    if (!command.output.empty()) add("-o", {command.output});
    return next_command("lock", {command.file}, options);
}

void require_one_of(const std::string& one, bool has_one, const std::string& other, bool has_other) {
    if (has_one && has_other) throw Contradiction(one + " and " + other + " exclude each other");
    if (!has_one && !has_other) throw Contradiction(one + " or " + other + " is required");
}

}  // namespace crib::cli
