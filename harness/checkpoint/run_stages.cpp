#include "harness/checkpoint/run_stages.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/checkpoint/chain_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace crib::checkpoint {

using nlohmann::json;

namespace {
constexpr std::uint64_t kLargest = 16U << 20U;
}

KeyChain RunStages::chain(const std::string& stage) const {
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

void write_run_stages(const std::filesystem::path& file, const RunStages& run) {
    json stages = json::array();
    for (const auto& stage : run.stages) {
        json one = to_json(stage.key);
        one["hit"] = stage.hit;
        one["saved"] = stage.saved;
        if (!stage.why.empty()) one["why"] = stage.why;
        stages.push_back(std::move(one));
    }
    write_file(file, json{{"stages", std::move(stages)}}.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

RunStages read_run_stages(const std::filesystem::path& file) {
    const auto text = read_file(file, kLargest);
    try {
        RunStages run;
        const auto read = json::parse(text);
        for (const auto& one : read.at("stages")) {
            run.stages.push_back(
                {stage_from_json(one), one.at("hit"), one.value("saved", false), one.value("why", std::string())});
        }
        return run;
    } catch (const json::exception& error) {
        throw Error(ErrorKind::environment,
                    fmt::format("{} is not a record of stages: {}", file.string(), error.what()),
                    "was it written by another crib?");
    }
}

}  // namespace crib::checkpoint
