#include "harness/base/meminfo.h"

#include <gtest/gtest.h>

namespace crib {
namespace {

TEST(Meminfo, IsTheKernelsTotalAndWhatItCallsAvailable) {
    const auto found = parse_meminfo("MemTotal:       24689844 kB\nMemFree: 1 kB\nMemAvailable:   23068672 kB\n");
    EXPECT_EQ(found.total.in_mib(), 24111U);
    EXPECT_EQ(to_string(found.available), "22 GiB");
}

TEST(Meminfo, OfThisMachineIsNotNothing) {
    EXPECT_GT(read_meminfo().total.bytes, read_meminfo().available.bytes / 2);
    EXPECT_GT(read_meminfo().available.bytes, 0U);
}

}  // namespace
}  // namespace crib
