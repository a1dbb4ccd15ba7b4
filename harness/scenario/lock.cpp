#include "harness/scenario/lock.h"

#include "harness/base/differing_stretch.h"
#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/base/json_place.h"
#include "harness/base/shown_word.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace crib::scenario {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kFormat = 2;
constexpr int kOldestFormat = 1;
constexpr const char* kEnding = ".lock.json";
constexpr std::size_t kShort = 12;   // characters of a digest that people compare
constexpr std::size_t kDigest = 32;  // a word of so many hexadecimal digits or more is one

struct Section {
    const char* name;
    Lock::Entries Lock::*entries;
};
constexpr std::array<Section, 5> kSections{{
    {"versions", &Lock::versions},
    {"components", &Lock::components},
    {"images", &Lock::images},
    {"packages", &Lock::packages},
    {"steps", &Lock::steps},
}};
constexpr std::array<Section, 3> kSectionsSinceFormat2{{
    {"settings", &Lock::settings},
    {"nodes", &Lock::nodes},
    {"expect", &Lock::expect},
}};
constexpr const char* kOrder = "order";

using Value = std::optional<std::string>;

void compare(const Section& section, const Lock& before, const Lock& after, std::vector<Difference>& found) {
    const auto& old_entries = before.*section.entries;
    const auto& new_entries = after.*section.entries;
    for (const auto& [name, value] : old_entries) {
        const auto other = new_entries.find(name);
        const Value now = other == new_entries.end() ? Value() : other->second;
        if (now != value) found.push_back({section.name, name, value, now});
    }
    for (const auto& [name, value] : new_entries) {
        if (old_entries.count(name) == 0) found.push_back({section.name, name, {}, value});
    }
}

// Of two lists what is between their common beginning and their common end.
void compare_order(const std::string& name, const std::vector<std::string>& before,
                   const std::vector<std::string>& after, std::vector<Difference>& found) {
    if (before == after) return;
    const auto [skipped, of_before, of_after] = differing_stretch(before, after);
    // Nothing between them would read as if the whole list were new, or gone.
    const bool has_gap = of_before == 0 || of_after == 0;
    const std::size_t lead = has_gap && skipped > 0 ? 1 : 0;
    const bool has_end = skipped + of_before < before.size() && skipped + of_after < after.size();
    const std::size_t tail = has_gap && lead == 0 && has_end ? 1 : 0;
    const auto shown = [first = skipped - lead, more = lead + tail](const auto& list, std::size_t count) {
        const auto begin = list.begin() + std::ptrdiff_t(first);
        return join({begin, begin + std::ptrdiff_t(count + more)}, ", ");
    };
    found.push_back({kOrder, name, shown(before, of_before), shown(after, of_after)});
}

void compare_order(const Lock& before, const Lock& after, std::vector<Difference>& found) {
    for (const auto& [name, old_list] : before.order) {
        const auto other = after.order.find(name);
        if (other == after.order.end()) {
            found.push_back({kOrder, name, join(old_list, ", "), {}});
        } else {
            compare_order(name, old_list, other->second, found);
        }
    }
    for (const auto& [name, new_list] : after.order) {
        if (!before.order.contains(name)) found.push_back({kOrder, name, {}, join(new_list, ", ")});
    }
}

// "modules 3f2a90..." with its digest cut.
std::string shortened(const std::string& value) {
    const auto start = value.find_last_of(' ') == std::string::npos ? 0 : value.find_last_of(' ') + 1;
    const auto digits = value.find_first_not_of("0123456789abcdef", start);
    if (digits != std::string::npos || value.size() - start < kDigest) return value;
    return value.substr(0, start + kShort);
}

// As crib begins one. The rest may be lost, or have the marks of a merge in it.
bool begins_as_lock(std::string_view text) {
    constexpr std::size_t kBeginning = 200;
    std::string dense;
    for (const auto& line : split_lines(text.substr(0, kBeginning))) {
        const bool is_mark = line.starts_with("<<<<<<<") || line.starts_with("|||||||") ||
                             line.starts_with("=======") || line.starts_with(">>>>>>>");
        if (!is_mark) dense += line;
    }
    std::erase_if(dense, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
    constexpr std::string_view kFirst = "{\"lock\":";
    if (!dense.starts_with(kFirst)) return false;
    const auto end = dense.find_first_not_of("0123456789", kFirst.size());
    if (end == std::string::npos || end == kFirst.size()) return false;
    const auto rest = dense.substr(end);
    return rest.starts_with(",\"scenario\":\"") || rest.starts_with("," + std::string(kFirst.substr(1)));  // both sides
}

// What is in it and in no lock of its format: a later crib's, or somebody's.
void require_no_more(const nlohmann::json& json, bool whole) {
    std::vector<std::string> known{"lock", "scenario"};
    for (const auto& section : kSections) known.emplace_back(section.name);
    if (whole) {
        for (const auto& section : kSectionsSinceFormat2) known.emplace_back(section.name);
        known.emplace_back(kOrder);
    }
    for (const auto& [key, value] : json.items()) {
        if (std::ranges::count(known, key) > 0) continue;
        throw JsonFault(fmt::format("it has \"{}\", which this crib does not know in a lock", key));
    }
}

std::string made_by(const std::string& making, const fs::path& file) {
    return making.empty() ? "crib lock SCENARIO -o " + shown_word(file.string()) : making;
}

}  // namespace

std::string to_json(const Lock& lock) {
    Json json = {{"lock", kFormat}, {"scenario", lock.scenario}};
    for (const auto& section : kSections) json[section.name] = lock.*section.entries;
    if (!lock.whole) {
        json["lock"] = kOldestFormat;
    } else {
        for (const auto& section : kSectionsSinceFormat2) json[section.name] = lock.*section.entries;
        json[kOrder] = lock.order;
    }
    return json.dump(2) + "\n";
}

Lock parse_lock(const std::string& text, const fs::path& file, const std::string& making) {
    const auto refuse = [&](const std::string& reason) {
        return Error(ErrorKind::usage, fmt::format("{}: {}", file.string(), reason),
                     "make it anew: " + made_by(making, file));
    };
    // It may be the scenario itself, and nothing is to be written over it.
    const Error not_a_lock(ErrorKind::usage, fmt::format("{}: this is no lock file of crib", file.string()),
                           "name one that crib lock SCENARIO has made; leave this file as it is");
    if (!may_be_lock(text)) throw not_a_lock;
    try {
        const auto json = parse_json<nlohmann::json>(text);
        const auto& format = json.at("lock");
        if (format != kFormat && format != kOldestFormat) {
            throw refuse(fmt::format("its format is {}; this crib writes {} and reads {} too", format.dump(), kFormat,
                                     kOldestFormat));
        }
        const JsonPlace place(json);
        Lock lock;
        lock.scenario = place.text("scenario");
        for (const auto& section : kSections) lock.*section.entries = place.at(section.name).get<Lock::Entries>();
        lock.whole = format != kOldestFormat;
        if (!lock.whole) {
            require_no_more(json, false);
            return lock;
        }
        for (const auto& section : kSectionsSinceFormat2) {
            lock.*section.entries = place.at(section.name).get<Lock::Entries>();
        }
        lock.order = place.at(kOrder).get<Lock::Lists>();
        require_no_more(json, true);
        return lock;
    } catch (const JsonFault& fault) {
        throw refuse(fault.what());
    }
}

Lock read_lock(const fs::path& file, const std::string& making) {
    if (try_open_input(file, input_kind::lock).state == OpenedInput::State::absent) {
        throw Error(ErrorKind::usage, fmt::format("{}: there is no such lock file", file.string()),
                    "make it: " + made_by(making, file));
    }
    return parse_lock(read_input(file, input_kind::lock), file, making);
}

bool may_be_lock(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) return begins_as_lock(text);
    return json.is_object() && json.contains("lock") && json["lock"].is_number_integer() && json.contains("scenario") &&
           json["scenario"].is_string();
}

fs::path lock_file_of(const fs::path& scenario) {
    auto file = scenario;
    if (file.extension() != ".json") return file += kEnding;  // a.conf and a.json are two
    return file.replace_extension(kEnding);
}

fs::path lock_file_of(const fs::path& scenario, const std::string& cell) {
    auto folder = scenario;
    if (folder.extension() == ".json") folder.replace_extension();
    return (folder += ".locks") / (cell + kEnding);
}

std::vector<Difference> differences(const Lock& before, const Lock& after) {
    std::vector<Difference> found;
    if (before.scenario != after.scenario) found.push_back({"scenario", "name", before.scenario, after.scenario});
    for (const auto& section : kSections) compare(section, before, after, found);
    if (!before.whole || !after.whole) return found;
    for (const auto& section : kSectionsSinceFormat2) compare(section, before, after, found);
    compare_order(before, after, found);
    return found;
}

std::string missing_in(const Lock& lock) {
    if (lock.whole) return {};
    return "an earlier crib wrote it, without the order of steps, the nodes' sizes, the checks and what is expected to "
           "fail: these are not compared";
}

std::string to_string(const Difference& difference) {
    const auto shown = [](const std::string& value) { return value.empty() ? std::string("\"\"") : shortened(value); };
    const auto what = fmt::format("{}: {}", difference.section, difference.name);
    if (!difference.before) return fmt::format("{} is new: {}", what, shown(difference.after.value_or("")));
    if (!difference.after) return fmt::format("{} is gone; it was {}", what, shown(*difference.before));
    auto before = shown(*difference.before);
    auto after = shown(*difference.after);
    if (before == after) {  // but for what was cut off
        before = *difference.before;
        after = *difference.after;
    }
    return fmt::format("{} {} -> {}", what, before, after);
}

}  // namespace crib::scenario
