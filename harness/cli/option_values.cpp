#include "harness/cli/option_values.h"

#include "harness/base/text.h"
#include "harness/cli/printed.h"
#include "harness/hypervisor/driver_uri.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace crib::cli {
namespace {

bool takes_value(const CLI::Option& option) {
    return option.get_items_expected_max() > 0;
}

void add_places(const CLI::App& app, std::vector<std::string> words, std::vector<std::vector<std::string>>& places) {
    auto arguments = words;
    for (const auto* option : app.get_options()) {
        if (!takes_value(*option)) continue;
        if (option->get_positional()) {
            places.push_back(arguments);
            arguments.emplace_back("x");
            continue;
        }
        auto place = words;
        place.push_back(full_name(*option));
        for (int before = 1; before < option->get_items_expected_min(); ++before) place.emplace_back("x");
        places.push_back(std::move(place));
    }
    for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
        auto below = words;
        below.push_back(sub->get_name());
        add_places(*sub, std::move(below), places);
    }
}

}  // namespace

std::string full_name(const CLI::Option& option) {
    const auto name = option.get_name();
    return name.empty() && !option.get_lnames().empty() ? "--" + option.get_lnames().front() : name;
}

void refuse_empty_values(CLI::App& app) {
    for (auto* option : app.get_options()) {
        if (!takes_value(*option)) continue;
        const auto before = option->get_name().empty() ? full_name(*option) + ": " : std::string();
        const auto judge = [before](const std::string& value) {
            return value.empty() ? before + "its value is empty" : std::string();
        };
        option->transform(CLI::Validator(judge, ""));  // as check(), but before all others
    }
    for (auto* sub : app.get_subcommands([](CLI::App*) { return true; })) refuse_empty_values(*sub);
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

CLI::Validator one_of(std::vector<std::string> values) {
    const auto all = join(values, ", ");
    const auto description = join(values, "|");
    const auto judge = [values = std::move(values), all](const std::string& text) {
        if (std::find(values.begin(), values.end(), text) != values.end()) return std::string();
        return printed("\"{}\" is none of: {}", text, all);
    };
    return {judge, description};
}

std::vector<std::vector<std::string>> places_of_values(const CLI::App& app) {
    std::vector<std::vector<std::string>> places;
    add_places(app, {}, places);
    return places;
}

CLI::Validator driver_uri() {
    const auto judge = [](const std::string& text) {
        const auto objection = hypervisor::objection_to_uri(text);
        return objection.empty() ? objection : printed("\"{}\": {}", text, objection);
    };
    return {judge, ""};
}

}  // namespace crib::cli
