#pragma once
// A stage's key with its entries as JSON, the same in manifests and in runs' records. Internal to checkpoint.

#include "harness/base/json_place.h"
#include "harness/checkpoint/keys.h"

#include <nlohmann/json_fwd.hpp>

namespace crib::checkpoint {

// {"stage": …, "key": …, "entries": [["cpu model", "Nehalem"], ["script", "ab12…", "15-install.sh, 1.2 KiB"], …]}: an
// entry of three is a digest with its label.
[[nodiscard]] nlohmann::json to_json(const StageKey& stage);

// JsonFault when it is not of that form.
[[nodiscard]] StageKey stage_from_json(const JsonPlace<nlohmann::json>& json);

}  // namespace crib::checkpoint
