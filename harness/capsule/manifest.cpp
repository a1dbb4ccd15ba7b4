#include "harness/capsule/manifest.h"

#include "harness/base/error.h"
#include "harness/base/json_place.h"
#include "harness/base/pattern.h"
#include "harness/base/printable.h"
#include "harness/base/size.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

namespace crib::capsule {
namespace {

using Json = nlohmann::ordered_json;  // what is written: its members are in an order for people
using Read = nlohmann::json;          // what is read: any number of members is read in no time
using Place = JsonPlace<Read>;

constexpr int kFormat = 1;
// Of a part or a need with all that it says, and some more: a capsule may come from a newer crib.
constexpr std::size_t kValuesOfMember = 16;
constexpr std::size_t kLongestPath = 240;
constexpr std::size_t kLongestWords = 1000;  // of a text for people
constexpr std::size_t kLongestFile = 4096;   // a path of the other machine
constexpr std::array<std::string_view, 4> kFolders{"run", "scenario", "state", "images"};

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::usage, why, "have it sent again, or exported anew");
}

bool consists_of(std::string_view text, const std::string& characters) {
    return text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_record(const std::string& path) {
    return path.starts_with("run/") || path.starts_with("scenario/");
}

bool is_digest(const std::string& text) {
    return text.size() == 64 && consists_of(text, "0123456789abcdef");
}

// Of what somebody sent, for people. Marks above letters take no columns, but bytes.
std::string for_people(const std::string& text) {
    return elide(printable(std::string_view(text).substr(0, 4 * kLongestPath)), kLongestPath);
}

void require_digest(const std::string& digest, const std::string& of) {
    if (!is_digest(digest)) refuse(fmt::format("the digest of {} is none", for_people(of)));
}

std::string shown(std::uint64_t bytes) {
    return to_string(ByteSize{bytes});
}

Manifest manifest_of(const Place& json) {
    Manifest manifest;
    manifest.crib = json.at("crib");
    manifest.created = json.at("created");
    manifest.run = json.at("run");
    manifest.scenario = json.at("scenario");
    manifest.outcome = json.at("outcome");
    manifest.hypervisor = json.at("hypervisor");
    manifest.with_state = json.at("with-state");
    for (const auto& part : json.at("parts").values()) {
        manifest.parts.push_back({part.at("path"), part.at("bytes"), part.at("sha256")});
    }
    for (const auto& need : json.at("needs").values()) {
        manifest.needs.push_back({need.at("what"), need.at("place"), need.at("file"), need.at("bytes"),
                                  need.at("sha256"), need.at("cure"), need.at("packed")});
    }
    return manifest;
}

void check_parts(const Manifest& manifest, const Limits& limits) {
    if (manifest.parts.size() > limits.members) {
        refuse(fmt::format("it has {} parts, and at most {} are taken", manifest.parts.size(), limits.members));
    }
    std::set<std::string> paths;
    std::uint64_t record = 0;
    std::uint64_t total = 0;
    for (const auto& part : manifest.parts) {
        const auto name = for_people(part.path);
        if (!is_safe_path(part.path)) refuse(fmt::format("its part \"{}\" has a path that is not allowed", name));
        if (!paths.insert(part.path).second) refuse(fmt::format("its part \"{}\" is named twice", name));
        require_digest(part.sha256, part.path);
        const auto most = is_record(part.path) ? limits.record_file : limits.state_file;
        if (part.bytes > most) {
            refuse(fmt::format("its part \"{}\" is said to have {}, and at most {} are taken", name, shown(part.bytes),
                               shown(most)));
        }
        if (is_record(part.path)) record += part.bytes;
        total += part.bytes;
        if (!manifest.with_state && !is_record(part.path)) {
            refuse(fmt::format("it is said to be without the cluster's state and has \"{}\"", name));
        }
    }
    for (const auto& path : paths) {
        for (auto at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
            const auto folder = path.substr(0, at);
            if (paths.contains(folder))
                refuse(fmt::format("its part \"{}\" is a file and a folder", for_people(folder)));
        }
    }
    if (record > limits.record || total > limits.total) {
        refuse(fmt::format("its parts are said to have {} in all, and at most {} are taken", shown(total),
                           shown(record > limits.record ? limits.record : limits.total)));
    }
}

// What says that it has the cluster's state has one.
void check_state(const Manifest& manifest) {
    if (!manifest.with_state) return;
    const bool has_state = std::any_of(manifest.parts.begin(), manifest.parts.end(),
                                       [](const Part& part) { return part.path.starts_with("state/"); });
    if (!has_state) refuse("it is said to have the cluster's state, and has none");
}

// What is printed of it when it is opened.
void check_words(const Manifest& manifest) {
    static const Pattern time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z)");
    static const Pattern version(R"([A-Za-z0-9._+~-]{1,64})");
    if (!is_plain_name(manifest.scenario)) {
        refuse(fmt::format("its scenario's name \"{}\" is none", for_people(manifest.scenario)));
    }
    if (!time.matches_whole(manifest.created)) {
        refuse(fmt::format("it is said to be packed at \"{}\", which is no time", for_people(manifest.created)));
    }
    if (!version.matches_whole(manifest.crib)) {
        refuse(fmt::format("it is said to be of crib \"{}\", which is no version", for_people(manifest.crib)));
    }
    const auto require_short = [](const std::string& text, const char* what, std::size_t most) {
        if (text.size() <= most) return;
        refuse(fmt::format("{} is told in {} bytes, and at most {} are taken", what, text.size(), most));
    };
    require_short(manifest.outcome, "its outcome", kLongestWords);
    require_short(manifest.hypervisor, "what made its state", kLongestWords);
    for (const auto& need : manifest.needs) {
        require_short(need.what, "a file that it needs", kLongestWords);
        require_short(need.file, "where a file was that it needs", kLongestFile);
        require_short(need.cure, "how to get a file that it needs", kLongestWords);
    }
}

void check_needs(const Manifest& manifest, const Limits& limits) {
    if (manifest.needs.size() > limits.members) refuse("it needs too many files");
    for (const auto& need : manifest.needs) {
        require_digest(need.sha256, need.what);
        const auto path = "images/" + need.sha256;
        const bool there = std::any_of(manifest.parts.begin(), manifest.parts.end(),
                                       [&](const Part& part) { return part.path == path; });
        if (need.packed && !there) refuse(fmt::format("it lacks {}", for_people(need.what)));
        if (!is_safe_path(need.place)) refuse(fmt::format("the place of {} is not allowed", for_people(need.what)));
    }
}

}  // namespace

std::string to_json(const Manifest& manifest) {
    Json json = {{"format", kFormat},
                 {"crib", manifest.crib},
                 {"created", manifest.created},
                 {"run", manifest.run},
                 {"scenario", manifest.scenario},
                 {"outcome", manifest.outcome},
                 {"hypervisor", manifest.hypervisor},
                 {"with-state", manifest.with_state},
                 {"parts", Json::array()},
                 {"needs", Json::array()}};
    for (const auto& part : manifest.parts) {
        json["parts"].push_back({{"path", part.path}, {"bytes", part.bytes}, {"sha256", part.sha256}});
    }
    for (const auto& need : manifest.needs) {
        json["needs"].push_back({{"what", need.what},
                                 {"place", need.place},
                                 {"file", need.file},
                                 {"bytes", need.bytes},
                                 {"sha256", need.sha256},
                                 {"cure", need.cure},
                                 {"packed", need.packed}});
    }
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Manifest parse_manifest(const std::string& text, const Limits& limits) {
    if (text.size() > limits.manifest) {
        refuse(
            fmt::format("its manifest has {}, and at most {} are taken", shown(text.size()), shown(limits.manifest)));
    }
    try {
        const auto json = parse_json<Read>(text, values_at_most<Read>(kValuesOfMember * (limits.members + 10)));
        const auto format = Place(json).at("format").get<std::int64_t>();
        if (format != kFormat) {
            throw Error(ErrorKind::usage,
                        fmt::format("it is of format {}, and this crib reads format {}", format, kFormat),
                        "open it with the crib that made it, or a newer one");
        }
        auto manifest = manifest_of(Place(json));
        if (!is_plain_name(manifest.run))
            refuse(fmt::format("its run's name \"{}\" is none", for_people(manifest.run)));
        check_parts(manifest, limits);
        check_state(manifest);
        check_needs(manifest, limits);
        check_words(manifest);
        return manifest;
    } catch (const JsonFault& fault) {
        refuse(printable(fmt::format("its manifest cannot be read: {}", fault.what())));
    }
}

void require_ratio(std::uint64_t content, std::uint64_t packed, const Limits& limits) {
    if (content <= limits.free_of_ratio || content - limits.free_of_ratio <= packed * limits.ratio) return;
    refuse(fmt::format("it would unpack from {} to {}", shown(packed), shown(content)));
}

bool is_safe_path(const std::string& path) {
    const auto components = split(path, '/');
    if (path.size() > kLongestPath || components.size() < 2 || components.size() > 8) return false;
    if (std::find(kFolders.begin(), kFolders.end(), components.front()) == kFolders.end()) return false;
    return std::all_of(components.begin(), components.end(), [](const std::string& one) {
        return !one.empty() && one.front() != '.' && one.front() != ' ' && one.back() != ' ' &&
               one.find('\\') == std::string::npos && printable(one) == one;
    });
}

}  // namespace crib::capsule
