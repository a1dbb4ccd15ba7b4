#include "harness/checkpoint/run_stages.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/input_file.h"
#include "harness/base/json_place.h"
#include "harness/base/text.h"
#include "harness/checkpoint/chain_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace crib::checkpoint {

using nlohmann::json;

namespace {

// A stage has some tens of entries, of three texts each. Records of others may have very many empty values, each of
// which takes many times the memory of its text.
constexpr std::size_t kMostValues = 200'000;

}  // namespace

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
    const auto text = read_input(file, input_kind::stage_record);
    try {
        RunStages run;
        const auto read = parse_json<json>(text, values_at_most<json>(kMostValues));
        for (const auto& one : JsonPlace(read).at("stages").values()) {
            run.stages.push_back(
                {stage_from_json(one), one.at("hit"), one.value("saved", false), one.value("why", std::string())});
        }
        return run;
    } catch (const JsonFault& fault) {
        throw Error(ErrorKind::usage, fmt::format("{} is not a record of stages: {}", file.string(), fault.what()),
                    "was it written by another crib?");
    }
}

}  // namespace crib::checkpoint
