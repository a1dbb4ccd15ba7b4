#include "harness/checkpoint/manifest.h"

#include "harness/base/sha256.h"
#include "harness/base/text.h"
#include "harness/checkpoint/chain_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace crib::checkpoint {
namespace {

using nlohmann::json;

// Raise it when the manifest or a part's form changes.
constexpr std::string_view kFormat = "2";
// 1: memory that is like another node's is one frame.
constexpr std::array<std::string_view, 2> kReadable{"1", kFormat};
constexpr std::string_view kMagic = "crib-checkpoint";

json part_json(const Part& part) {
    json one{{"kind", part.kind == Part::Kind::memory ? "memory" : "disk"},
             {"name", part.name},
             {"id", part.id},
             {"bytes", part.bytes},
             {"raw_bytes", part.raw_bytes}};
    if (!part.like.empty()) one["like"] = part.like;
    if (part.kind == Part::Kind::memory) return one;
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

Part part_from(const json& one) {
    Part part{one.at("kind") == "memory" ? Part::Kind::memory : Part::Kind::disk,
              one.at("name"),
              one.at("id"),
              one.at("bytes"),
              one.at("raw_bytes"),
              {}};
    part.like = one.value("like", std::string());
    if (part.kind == Part::Kind::disk) {
        const auto& backing = one.at("backing");
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

std::vector<Part> parts_from(const json& list) {
    std::vector<Part> parts;
    for (const auto& one : list) parts.push_back(part_from(one));
    return parts;
}

Entry entry_from(const json& body) {
    Entry entry;
    for (const auto& stage : body.at("chain")) entry.chain.push_back(stage_from_json(stage));
    entry.scenario = body.at("scenario");
    entry.program = body.at("program");
    entry.created = WallTime(std::chrono::seconds{body.at("created").get<std::int64_t>()});
    entry.nodes = body.at("nodes").get<std::vector<std::string>>();
    entry.parts = parts_from(body.at("parts"));
    entry.layers = parts_from(body.at("layers"));
    entry.payload = body.at("payload");
    return entry;
}

}  // namespace

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
    } catch (const json::exception& error) {
        throw Error(ErrorKind::internal, fmt::format("what a checkpoint is to be described with: {}", error.what()));
    }
}

Entry read_manifest(const std::string& text) {
    const auto fail = [](const std::string& why) { throw Error(ErrorKind::environment, why); };
    const auto line = text.find('\n');
    const auto words = split(std::string_view(text).substr(0, std::min(line, text.size())), ' ');
    if (line == std::string::npos || words.size() != 3 || words[0] != kMagic) fail("it is not a manifest");
    if (std::ranges::find(kReadable, words[1]) == kReadable.end()) {
        fail(fmt::format("it is of format \"{}\", and this crib reads formats {}", words[1].substr(0, 20),
                         fmt::join(kReadable, " and ")));
    }
    const auto body = std::string_view(text).substr(line + 1);
    if (sha256_hex(body) != words[2]) fail("its digest does not match");
    try {
        auto entry = entry_from(json::parse(body));
        if (!is_consistent(entry.chain)) fail("its key is not that of its entries");
        return entry;
    } catch (const json::exception& error) {
        fail(fmt::format("it lacks something: {}", error.what()));
    }
    return {};
}

}  // namespace crib::checkpoint
