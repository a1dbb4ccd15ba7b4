#include "harness/engine/host.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::engine {
namespace {

using hypervisor::Acceleration;

using ::testing::HasSubstr;

TEST(Host, TakesAClusterThatFits) {
    HostFacts host{.cores = 2,
                   .memory_total = ByteSize::gib(8),
                   .memory_available = ByteSize::gib(6),
                   .disk_free = ByteSize::gib(20)};
    EXPECT_NO_THROW(
        require_room(host, {{"master", ByteSize::mib(2300)}, {"worker", ByteSize::mib(1800)}}, Acceleration::kvm));
}

TEST(Host, CountsTheTranslatedCodeOfEmulatedNodes) {
    HostFacts host{.cores = 2,
                   .memory_total = ByteSize::gib(8),
                   .memory_available = ByteSize::gib(6),
                   .disk_free = ByteSize::gib(20)};
    try {
        require_room(host, {{"master", ByteSize::mib(2300)}, {"worker", ByteSize::mib(1800)}}, Acceleration::tcg);
        FAIL() << "it was taken";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("+ 1.3 GiB for each QEMU"));
    }
}

TEST(Host, RefusesAClusterThatDoesNotFitAndShowsTheSum) {
    HostFacts host{.cores = 2,
                   .memory_total = ByteSize::gib(4),
                   .memory_available = ByteSize::gib(3),
                   .disk_free = ByteSize::gib(20)};
    try {
        require_room(host, {{"master", ByteSize::mib(2300)}, {"worker", ByteSize::mib(1800)}}, Acceleration::kvm);
        FAIL() << "it was taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
        EXPECT_THAT(error.what(), HasSubstr("master 2.2 GiB + worker 1.8 GiB + 300 MiB for each QEMU"));
        EXPECT_THAT(error.what(), HasSubstr("= 5.1 GiB, and 3 GiB of 4 GiB are available"));
    }
}

TEST(Host, RefusesWhenTheDiskIsTooFull) {
    HostFacts host{.cores = 2,
                   .memory_total = ByteSize::gib(8),
                   .memory_available = ByteSize::gib(8),
                   .disk_free = ByteSize::mib(100)};
    EXPECT_THROW(require_room(host, {{"master", ByteSize::mib(2300)}}, Acceleration::kvm), Error);
}

TEST(Host, SaysSoWhenEmulatedNodesHaveToShareCores) {
    EXPECT_THAT(crowding(6, 2, Acceleration::tcg).value_or(""), HasSubstr("6 emulated nodes on 2 cores"));
    EXPECT_FALSE(crowding(2, 2, Acceleration::tcg));
    EXPECT_FALSE(crowding(6, 2, Acceleration::kvm)) << "they are mostly idle";
}

TEST(Host, LetsAsManyClustersComeUpAtOnceAsItHasCoresForTheirEmulatedNodes) {
    EXPECT_EQ(clusters_at_once(2, 2, Acceleration::tcg), 1U);
    EXPECT_EQ(clusters_at_once(3, 2, Acceleration::tcg), 1U);
    EXPECT_EQ(clusters_at_once(2, 8, Acceleration::tcg), 4U);
    EXPECT_GT(clusters_at_once(2, 2, Acceleration::kvm), 100U);
}

}  // namespace
}  // namespace crib::engine
