#pragma once
// The API objects in tests/data/kubernetes, and a bench that runs a check over a FakeCluster.

#include "harness/base/cleanup.h"
#include "harness/base/file.h"
#include "harness/check/checker.h"
#include "tests/support/fake_cluster/fake_cluster.h"
#include "tests/support/manual_clock.h"

#include <filesystem>
#include <nlohmann/json.hpp>

namespace crib::check {

inline std::string sample(const std::string& name) {
    return read_file(std::filesystem::path(CRIB_SOURCE_DIR) / "tests/data/kubernetes" / name);
}

inline nlohmann::json sample_json(const std::string& name) {
    return nlohmann::json::parse(sample(name));
}

struct Bench {
    test::ManualClock clock;
    test::FakeCluster cluster;
    Settings settings{1.0, false, {{"kubernetes", "1.36.3"}, {"cri-o", "1.36.3"}}};
    std::stop_source stop;
    std::vector<std::string> seen;

    Context context() {
        auto made = Context::with_clock(clock);
        made.stop = stop.get_token();
        return made;
    }
    Verdict run(Checker& checker, const std::string& kind, std::map<std::string, std::string> params = {}) {
        return checker.run({kind, std::move(params)}, context(),
                           [this](const std::string& line) { seen.push_back(line); });
    }
    Verdict run(const std::string& kind, std::map<std::string, std::string> params = {}) {
        Checker checker(cluster, settings);
        CleanupStack cleanup;
        cleanup.add("what the check made", [&] { checker.clean_up(context()); });
        return run(checker, kind, std::move(params));
    }
};

}  // namespace crib::check
