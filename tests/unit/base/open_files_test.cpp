#include "harness/base/open_files.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <limits>

namespace crib {
namespace {

using ::testing::HasSubstr;

class OpenFiles : public ::testing::Test {
protected:
    OpenFiles() { ::getrlimit(RLIMIT_NOFILE, &before); }
    ~OpenFiles() override { ::setrlimit(RLIMIT_NOFILE, &before); }

    rlimit before{};
};

TEST_F(OpenFiles, MayBeMoreWhereTheUserHasNotSaidOtherwise) {
    const rlimit few{64, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
    require_open_files(128, "clusters need");
    rlimit now{};
    ::getrlimit(RLIMIT_NOFILE, &now);
    EXPECT_GE(now.rlim_cur, 128U);
}

TEST_F(OpenFiles, ThatAreTooFewAreRefusedWithWhatRaisesTheLimit) {
    try {
        require_open_files(std::numeric_limits<unsigned>::max(), "clusters need");
        FAIL() << "no kernel allows as many";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
        EXPECT_THAT(error.what(), HasSubstr("files may be open at once, clusters need 4294967295"));
        EXPECT_THAT(error.hint(), HasSubstr("ulimit -n 4294967295"));
    }
}

}  // namespace
}  // namespace crib
