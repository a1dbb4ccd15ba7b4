#include "harness/engine/host_sleep.h"

#include "harness/base/file.h"

#include <gtest/gtest.h>

namespace crib::engine {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class HostSleep : public testing::Test {
protected:
    HostSleep() { make_folder(run_.secret()); }

    TempFolder folder_{std::filesystem::temp_directory_path(), "crib-sleep-"};
    RunFolder run_{folder_.path() / "run"};
};

TEST_F(HostSleep, IsSeenByWhatWasWrittenDownBefore) {
    note_awake(run_, hours{3});
    EXPECT_FALSE(has_slept_since(run_, hours{3}));
    EXPECT_FALSE(has_slept_since(run_, hours{3} + milliseconds{900}));
    EXPECT_TRUE(has_slept_since(run_, hours{3} + seconds{2}));
    note_awake(run_, hours{3} + seconds{2});
    EXPECT_FALSE(has_slept_since(run_, hours{3} + seconds{2})) << "the clocks were set right since";
}

TEST_F(HostSleep, IsNobodysBusinessWhereNothingWasWrittenDown) {
    EXPECT_FALSE(has_slept_since(run_, hours{3}));
    write_file(run_.secret() / "host-slept", "nonsense");
    EXPECT_FALSE(has_slept_since(run_, hours{3}));
}

TEST_F(HostSleep, OfThisHostIsNoNegativeTime) {
    EXPECT_GE(slept_so_far(), -milliseconds{10});
}

}  // namespace
}  // namespace crib::engine
