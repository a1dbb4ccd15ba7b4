#include "harness/checkpoint/manifest.h"

#include "harness/base/error.h"
#include "harness/base/json_place.h"
#include "harness/base/recorded_time.h"
#include "harness/base/sha256.h"
#include "harness/base/text.h"
#include "harness/checkpoint/chain_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <set>

namespace crib::checkpoint {
namespace {

using nlohmann::json;
using Place = JsonPlace<json>;

// Raise it when the manifest or a part's form changes.
constexpr int kFormat = 3;
// That of 200 nodes has some 50,000. One that somebody sent may have very many empty ones.
constexpr std::size_t kMostValues = 1'000'000;
constexpr std::string_view kMagic = "crib-checkpoint";

json part_json(const Part& part) {
    json one{{"kind", to_string(part.kind)},
             {"name", part.name},
             {"id", part.id},
             {"bytes", part.bytes},
             {"raw_bytes", part.raw_bytes}};
    if (!part.like.empty()) one["like"] = part.like;
    if (part.kind != Part::Kind::disk) return one;
    if (!part.backing.part.empty()) {
        one["backing"] = {{"part", part.backing.part}};
    } else {
        one["backing"] = {{"file", part.backing.file.string()},
                          {"bytes", part.backing.bytes},
                          {"modified_ns", part.backing.modified_ns}};
    }
    return one;
}

bool is_digest(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Part::Kind kind_from(const Place& one) {
    const auto word = one.get<std::string>();
    for (const auto kind : {Part::Kind::memory, Part::Kind::machine, Part::Kind::disk}) {
        if (word == to_string(kind)) return kind;
    }
    one.fail("is no kind of part");
}

Part part_from(const Place& one) {
    Part part{kind_from(one.at("kind")), one.at("name"), one.at("id"), one.at("bytes"), one.at("raw_bytes"), {}};
    part.like = one.value("like", std::string());
    if (!part.like.empty() && part.kind != Part::Kind::memory) {
        throw Error(ErrorKind::environment, "a part that is no memory is like another");
    }
    if (part.kind == Part::Kind::disk) {
        const auto backing = one.at("backing");
        part.backing.part = backing.value("part", std::string());
        part.backing.file = backing.value("file", std::string());
        part.backing.bytes = backing.value("bytes", std::uint64_t{0});
        part.backing.modified_ns = backing.value("modified_ns", std::int64_t{0});
    }
    // Ids become file names.
    if (!is_digest(part.id) || (!part.backing.part.empty() && !is_digest(part.backing.part))) {
        throw Error(ErrorKind::environment, "a part's id is not a digest");
    }
    return part;
}

std::vector<Part> parts_from(const Place& list) {
    std::vector<Part> parts;
    for (const auto& one : list.values()) parts.push_back(part_from(one));
    return parts;
}

Entry entry_from(const Place& body) {
    Entry entry;
    for (const auto& stage : body.at("chain").values()) entry.chain.push_back(stage_from_json(stage));
    entry.scenario = body.at("scenario");
    entry.program = body.at("program");
    entry.created = wall_time_of_seconds(body.at("created").get<std::int64_t>());
    entry.nodes = body.at("nodes").get<std::vector<std::string>>();
    entry.parts = parts_from(body.at("parts"));
    entry.layers = parts_from(body.at("layers"));
    entry.payload = body.at("payload");
    return entry;
}

// All that could be a part's id: in every format so far an id is a text of its own.
std::set<std::string> ids_in(std::string_view body) {
    constexpr std::size_t kDigits = 64;
    std::set<std::string> ids;
    for (auto at = body.find('"'); at != body.npos && at + kDigits + 1 < body.size(); at = body.find('"', at + 1)) {
        if (body[at + kDigits + 1] != '"') continue;
        auto word = std::string(body.substr(at + 1, kDigits));
        if (is_digest(word)) ids.insert(std::move(word));
    }
    return ids;
}

// Another crib can read it.
[[noreturn]] void refuse_format(const std::string& format, const std::string& digest, std::string_view body) {
    int number = 0;
    const auto* end = format.data() + format.size();
    const auto read = std::from_chars(format.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || number < 1) {
        throw Error(ErrorKind::environment, "it is not a manifest");
    }
    const auto why = fmt::format("it is of format \"{}\", and this crib reads format {}", number, kFormat);
    const std::string hint = "use the crib that saved it, or remove it: crib cache rm";
    if (number > kFormat) throw Unusable(why, hint);
    if (sha256_hex(body) != digest) throw Error(ErrorKind::environment, "its digest does not match");
    throw Outdated(why, hint, ids_in(body));
}

}  // namespace

const char* to_string(Part::Kind kind) {
    switch (kind) {
        case Part::Kind::memory:
            return "memory";
        case Part::Kind::machine:
            return "machine state";
        case Part::Kind::disk:
            return "disk";
    }
    return "part";
}

const Part& Entry::part(Part::Kind kind, const std::string& name) const {
    const auto found = std::find_if(parts.begin(), parts.end(),
                                    [&](const Part& part) { return part.kind == kind && part.name == name; });
    if (found == parts.end()) {
        throw Error(ErrorKind::internal, fmt::format("the checkpoint of {} has no such part: {}", stage(), name));
    }
    return *found;
}

std::uint64_t Entry::bytes() const {
    std::uint64_t sum = 0;
    for (const auto& part : parts) sum += part.bytes;
    for (const auto& layer : layers) sum += layer.bytes;
    return sum;
}

std::string to_manifest(const Entry& entry) {
    json chain = json::array();
    for (const auto& stage : entry.chain) chain.push_back(to_json(stage));
    json parts = json::array();
    for (const auto& part : entry.parts) parts.push_back(part_json(part));
    json layers = json::array();
    for (const auto& layer : entry.layers) layers.push_back(part_json(layer));
    const auto created = std::chrono::duration_cast<std::chrono::seconds>(entry.created.time_since_epoch()).count();
    const json body{{"chain", std::move(chain)},   {"scenario", entry.scenario}, {"program", entry.program},
                    {"created", created},          {"nodes", entry.nodes},       {"parts", std::move(parts)},
                    {"layers", std::move(layers)}, {"payload", entry.payload}};
    try {
        const auto text = body.dump(1) + "\n";
        return fmt::format("{} {} {}\n{}", kMagic, kFormat, sha256_hex(text), text);
    } catch (const json::exception&) {
        throw Error(ErrorKind::internal, "what a checkpoint is to be described with is no UTF-8");
    }
}

Entry read_manifest(const std::string& text) {
    const auto fail = [](const std::string& why) { throw Error(ErrorKind::environment, why); };
    const auto line = text.find('\n');
    const auto words = split(std::string_view(text).substr(0, std::min(line, text.size())), ' ');
    if (line == std::string::npos || words.size() != 3 || words[0] != kMagic) fail("it is not a manifest");
    const auto body = std::string_view(text).substr(line + 1);
    if (words[1] != std::to_string(kFormat)) refuse_format(words[1], words[2], body);
    if (sha256_hex(body) != words[2]) fail("its digest does not match");
    try {
        const auto json_body = parse_json<json>(body, values_at_most<json>(kMostValues));
        auto entry = entry_from(Place(json_body));
        if (!is_consistent(entry.chain)) fail("its key is not that of its entries");
        return entry;
    } catch (const JsonFault& fault) {
        fail(fault.what());
    }
    return {};
}

}  // namespace crib::checkpoint
