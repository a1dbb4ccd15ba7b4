#include "harness/engine/check_series.h"

#include "harness/base/error.h"
#include "harness/events/record.h"
#include "tests/support/fake_cluster/fake_cluster.h"
#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>

namespace crib::engine {
namespace {

using check::CheckSpec;
using events::Outcome;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kNotReady = R"({"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"master"},
 "status":{"conditions":[{"type":"Ready","status":"False","message":"no network"}]}}]})";
constexpr auto kReady = R"({"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"master"},
 "status":{"conditions":[{"type":"Ready","status":"True"}],
           "nodeInfo":{"kubeletVersion":"v1.36.3","containerRuntimeVersion":"cri-o://1.36.3"}}}]})";

std::vector<std::string> kinds_of(const std::vector<CheckSpec>& wave) {
    std::vector<std::string> kinds;
    for (const auto& spec : wave) kinds.push_back(spec.kind);
    return kinds;
}

// Answers nobody before so many have asked.
class Meeting final : public check::ClusterView {
public:
    explicit Meeting(int guests) : missing_(guests) {}

    [[nodiscard]] std::vector<std::string> nodes() const override { return {"master"}; }
    [[nodiscard]] std::string control_plane() const override { return "master"; }
    check::Answer get(const std::string&, const Context&) override {
        std::unique_lock lock(mutex_);
        --missing_;
        all_there_.notify_all();
        const bool met = all_there_.wait_for(lock, std::chrono::seconds{30}, [&] { return missing_ <= 0; });
        return met ? test::body(kReady) : test::status(500, "nobody else came");
    }
    check::Answer create(const std::string&, const std::string& json, const Context&) override {
        return test::body(json);
    }
    check::Answer remove(const std::string&, const Context&) override { return test::body("{}"); }
    bool wait_for_change(const std::string&, const std::string&, const Context& context) override {
        context.clock->sleep_until(context.deadline, context.stop);
        return true;
    }
    check::NodeRun run(const std::string&, const std::string&, const Context&) override { return {}; }

private:
    std::mutex mutex_;
    std::condition_variable all_there_;
    int missing_;
};

struct Series {
    test::ManualClock clock;
    test::FakeCluster cluster;
    events::Bus bus{clock};
    events::Recorder recorder;
    std::stop_source user;

    Series() {
        bus.add(recorder);
        cluster.node_names = {"master"};
        cluster.always("/api/v1/nodes", test::body(kReady));
        cluster.always("/api/v1/pods", test::body(R"({"items":[]})"));
    }

    CheckSeries::Result run(const std::vector<CheckSpec>& specs, check::ClusterView& view) {
        CheckSeries series(view, {1.0, false, {{"kubernetes", "1.36.3"}, {"cri-o", "1.36.3"}}}, bus);
        return series.run(specs, Context::with_clock(clock).with_stop(user.get_token()));
    }
    CheckSeries::Result run(const std::vector<CheckSpec>& specs) { return run(specs, cluster); }

    [[nodiscard]] std::vector<std::string> told() const {
        std::vector<std::string> checks;
        for (const auto& check : recorder.record().checks) checks.push_back(check.check);
        return checks;
    }
};

TEST(Checks, OfOneTurnAreAWaveAndTrafficComesAfterWhatIsThere) {
    const auto waves =
        waves_of({{"nodes-ready", {}}, {"container-runtime", {}}, {"http", {}}, {"dns", {}}, {"no-restarts", {}}});
    ASSERT_EQ(waves.size(), 3U);
    EXPECT_THAT(kinds_of(waves[0]), ElementsAre("nodes-ready", "container-runtime"));
    EXPECT_THAT(kinds_of(waves[1]), ElementsAre("http", "dns"));
    EXPECT_THAT(kinds_of(waves[2]), ElementsAre("no-restarts"));
}

TEST(Checks, KeepTheOrderOfTheScenarioBetweenWaves) {
    const auto waves = waves_of({{"http", {}}, {"nodes-ready", {}}, {"dns", {}}});
    EXPECT_EQ(waves.size(), 3U);
}

TEST(Checks, ThatAreWrittenTwiceAreNotRunAtOnce) {
    EXPECT_EQ(waves_of({{"http", {}}, {"http", {}}}).size(), 2U);
    EXPECT_EQ(waves_of({{"http", {}}, {"http", {{"from", "worker"}}}}).size(), 1U);
}

TEST(Checks, OfAWaveLookAtTheSameTime) {
    Series series;
    Meeting meeting(2);
    const auto result = series.run({{"nodes-ready", {}}, {"container-runtime", {}}}, meeting);
    EXPECT_EQ(result.outcome, Outcome::passed) << result.reason;
}

TEST(Checks, AreToldInTheScenariosOrderWhicheverEndsFirst) {
    Series series;
    series.cluster.answers["/api/v1/nodes"] = {test::body(kNotReady), test::body(kNotReady), test::body(kReady)};
    const auto result = series.run({{"nodes-ready", {}}, {"pods-running", {{"at-least", "0"}}}});
    EXPECT_EQ(result.outcome, Outcome::passed) << result.reason;
    EXPECT_THAT(series.told(), ElementsAre("nodes-ready", "pods-running"));
}

TEST(Checks, BlameTheFirstOfTheScenarioThatFailed) {
    Series series;
    series.cluster.always("/api/v1/nodes", test::body(kNotReady));
    const auto result = series.run({{"nodes-ready", {}}, {"container-runtime", {{"equals", "cri-o://1.0.0"}}}});
    EXPECT_EQ(result.outcome, Outcome::failed);
    EXPECT_THAT(result.reason, HasSubstr("check nodes-ready: "));
}

// It says how things stand and does not wait its two minutes.
TEST(Checks, OfALaterWaveAreBriefWhenOneHasFailed) {
    Series series;
    series.cluster.always("/api/v1/nodes", test::body(kNotReady));
    (void)series.run({{"nodes-ready", {}}, {"http", {}}});
    const auto& checks = series.recorder.record().checks;
    ASSERT_EQ(checks.size(), 2U);
    EXPECT_EQ(checks[1].outcome, Outcome::failed);
    EXPECT_LE(checks[1].took, std::chrono::seconds{20});
}

TEST(Checks, ThatAreStoppedKeepTheVerdictsThatAreThere) {
    Series series;
    struct StopAfterCheck final : events::Sink {
        explicit StopAfterCheck(std::stop_source& user) : user_(user) {}
        void on(const events::Event& event) override {
            if (std::holds_alternative<events::CheckFinished>(event.body)) user_.request_stop();
        }
        std::stop_source& user_;
    } stopper{series.user};
    series.bus.add(stopper);
    EXPECT_THROW((void)series.run({{"nodes-ready", {}}, {"http", {}}}), Error);
    EXPECT_THAT(series.told(), ElementsAre("nodes-ready"));
}

struct Ears final : events::Sink {
    std::vector<std::string> notices;
    std::vector<events::CheckFinished> ends;
    void on(const events::Event& event) override {
        if (const auto* notice = std::get_if<events::Notice>(&event.body)) notices.push_back(notice->text);
        if (const auto* end = std::get_if<events::CheckFinished>(&event.body)) ends.push_back(*end);
    }
};

TEST(CheckSeries, SaysWhichCheckCameNearItsLimit) {
    test::ManualClock clock;
    test::FakeCluster cluster;
    cluster.node_names = {"master"};
    cluster.always("/api/v1/nodes", test::body(kNotReady));
    cluster.on_wait = [&] {
        if (clock.now().time_since_epoch() >= std::chrono::hours{1} + std::chrono::seconds{8})
            cluster.always("/api/v1/nodes", test::body(kReady));
    };
    events::Bus bus(clock);
    Ears ears;
    bus.add(ears);
    CheckSeries series(cluster, {}, bus);
    EXPECT_EQ(series.run({{"nodes-ready", {{"timeout", "20s"}}}}, Context::with_clock(clock)).outcome, Outcome::passed);
    ASSERT_EQ(ears.ends.size(), 1U);
    EXPECT_EQ(ears.ends[0].limit, std::chrono::seconds{20}) << "for the record";
    EXPECT_THAT(ears.notices, ElementsAre(HasSubstr("check nodes-ready used 7")));
}

}  // namespace
}  // namespace crib::engine
