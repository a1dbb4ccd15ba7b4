#include "harness/checkpoint/run_keys.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/checkpoint/chain_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace crib::checkpoint {

using nlohmann::json;

KeyChain RunKeys::chain(const std::string& stage) const {
    KeyChain chain;
    std::vector<std::string> known;
    for (const auto& one : stages) {
        chain.push_back(one.key);
        if (one.key.stage == stage) return chain;
        known.push_back(one.key.stage);
    }
    throw Error(ErrorKind::usage, fmt::format("the run has no stage \"{}\"", stage),
                known.empty() ? "it has no stages with keys" : "there are " + join(known, ", "));
}

void write_run_keys(const std::filesystem::path& file, const RunKeys& keys) {
    json stages = json::array();
    for (const auto& stage : keys.stages) {
        json one = to_json(stage.key);
        one["hit"] = stage.hit;
        one["saved"] = stage.saved;
        if (!stage.why.empty()) one["why"] = stage.why;
        stages.push_back(std::move(one));
    }
    write_file(file, json{{"stages", std::move(stages)}}.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

RunKeys read_run_keys(const std::filesystem::path& file) {
    const auto text = read_file(file);
    try {
        RunKeys keys;
        const auto read = json::parse(text);
        for (const auto& one : read.at("stages")) {
            keys.stages.push_back(
                {stage_from_json(one), one.at("hit"), one.value("saved", false), one.value("why", std::string())});
        }
        return keys;
    } catch (const json::exception& error) {
        throw Error(ErrorKind::environment, fmt::format("{} is not a record of keys: {}", file.string(), error.what()),
                    "was it written by another crib?");
    }
}

}  // namespace crib::checkpoint
