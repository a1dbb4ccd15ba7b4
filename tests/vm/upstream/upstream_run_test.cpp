// The main job with everything from its publishers: packages out of signed repositories, images out of a registry.

#include "harness/base/folders.h"
#include "harness/process/boost_runner.h"
#include "tests/vm/cluster/real_runs.h"
#include "tests/vm/upstream/publishers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace crib::vm {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ContainsRegex;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kScenario = std::string(CRIB_SOURCE_DIR) + "/scenarios/two-node.json";

class UpstreamRun : public RealRuns {
protected:
    UpstreamRun() {
        // A cache of its own, so that nothing built from modules can take the place of what was to be fetched; node
        // images and what is known of this machine are the user's.
        const fs::path users = find_folders(CRIB_SOURCE_DIR, "").cache;
        make_folder(cache());
        for (const char* name : {"images", "libvirt", "probe"}) {
            make_folder(users / name);
            fs::create_directory_symlink(users / name, cache() / name);
        }
        program_.set("XDG_CACHE_HOME", cache().parent_path());
        program_.set("CRIB_MIRRORS", publishers_.mirrors());
    }

    [[nodiscard]] fs::path cache() const { return folder_.path() / "crib"; }

    // The records of all components that are in the cache: folder name to built.json.
    [[nodiscard]] std::map<std::string, json> components() const {
        std::map<std::string, json> found;
        for (const auto& entry : fs::directory_iterator(cache() / "components")) {
            const auto record = entry.path() / "built.json";
            if (fs::exists(record)) found[entry.path().filename()] = json::parse(read_file(record));
        }
        return found;
    }

    static std::vector<std::string> from_upstream() {
        std::vector<std::string> words;
        for (const std::string name : {"kubernetes", "cri-o", "flannel", "nginx"}) {
            words.insert(words.end(), {"--component", name + "=upstream"});
        }
        return words;
    }

    Output crib(std::vector<std::string> words, const std::vector<std::string>& more) {
        words.insert(words.end(), more.begin(), more.end());
        return program_.run(words);
    }

    SystemClock clock_;
    process::BoostRunner runner_;
    Context context_ = Context::with_clock(clock_).with_timeout(std::chrono::minutes(30));
    TempFolder folder_{fs::temp_directory_path(), "crib-cache"};
    Publishers publishers_{runner_, {"1.36.3", "1.36.3", "0.28.10"}, context_};
};

TEST_F(UpstreamRun, OfTwoNodesComesUpOnWhatThePublishersHave) {
    // What it will come to is known before a machine starts, with the digests of all that was sent.
    const auto lock_file = folder_.path() / "two-node.lock.json";
    const auto lock = crib({"lock", kScenario, "--output", lock_file}, from_upstream());
    ASSERT_EQ(lock.exit_code, 0);
    EXPECT_THAT(lock.text, HasSubstr("kubernetes 1.36.3: fetched"));
    const auto locked = json::parse(read_file(lock_file));
    for (const char* name : {"kubernetes 1.36.3", "cri-o 1.36.3", "flannel 0.28.10", "etcd 3.6.8", "coredns 1.14.2",
                             "pause 3.10.2", "pause 3.10.1", "nginx debian"}) {
        EXPECT_TRUE(locked.at("components").contains(name)) << name;
    }
    for (const auto& [name, value] : locked.at("components").items()) {
        EXPECT_THAT(value.get<std::string>(), ContainsRegex("^upstream [0-9a-f]{64}$")) << name;
    }
    const auto fetched = components();
    for (const auto& [name, record] : fetched) {
        EXPECT_THAT(name, HasSubstr("-upstream-"));
        for (const auto& image : record.at("images")) {
            EXPECT_THAT(image.at("version").get<std::string>(), ContainsRegex("^sha256:[0-9a-f]{64}$")) << image;
        }
    }
    EXPECT_EQ(fetched.size(), locked.at("components").size());
    const auto plan = crib({"plan", "--json", kScenario}, from_upstream());
    ASSERT_EQ(plan.exit_code, 0);
    for (const auto& one : json::parse(plan.text).at("components")) EXPECT_EQ(one.at("source"), "upstream") << one;

    const int requests = publishers_.requests();
    const auto run = crib({"run", "--no-cache", "--locked=" + lock_file.string(), kScenario}, from_upstream());
    ASSERT_EQ(run.exit_code, 0);
    EXPECT_EQ(publishers_.requests(), requests);  // what came once stays
    EXPECT_THAT(run.text, HasSubstr("kubernetes is 1.36.3, fetched from upstream"));
    EXPECT_THAT(run.text, HasSubstr("cri-o is 1.36.3, fetched from upstream"));
    EXPECT_THAT(run.text, ContainsRegex("\nmaster +Ready +control-plane .* v1\\.36\\.3 .* cri-o://1\\.36\\.3\n"));
    EXPECT_THAT(run.text, ContainsRegex("\nworker +Ready +<none> .* v1\\.36\\.3 .* cri-o://1\\.36\\.3\n"));
    EXPECT_THAT(run.text, HasSubstr("\npassed: two-node in "));
    EXPECT_THAT(run.text, Not(ContainsRegex("\n(failed|error|skipped) +[a-z]")));
    const auto id = run_id_of(run.text);
    ASSERT_NE(id, "");
    EXPECT_EQ(json::parse(read_file(program_.runs() / id / "lock.json")).at("components"), locked.at("components"));
    EXPECT_THAT(processes_with(id), IsEmpty());
}

}  // namespace
}  // namespace crib::vm
