// What every Hypervisor keeps to: the simulated one, and libvirt's adapter on libvirt's test driver.
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/hypervisor/libvirt/connect.h"
#include "tests/support/manual_clock.h"
#include "tests/support/simulated_hypervisor/simulated_hypervisor.h"

#include <gmock/gmock.h>

#include <memory>
#include <thread>

namespace crib::hypervisor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Kind {
    const char* name;
    std::function<std::unique_ptr<Hypervisor>()> make;
};

class HypervisorContract : public testing::TestWithParam<Kind> {
protected:
    // libvirt's test driver shares its machines between connections of a process.
    ~HypervisorContract() override {
        for (const char* run : {"red", "blue"}) {
            for (const auto& name : hypervisor_->machines_of(run)) hypervisor_->destroy(name);
        }
    }
    static MachineSpec machine(const std::string& run, const std::string& node) {
        MachineSpec spec;
        spec.name = "crib-" + run + "-" + node;
        spec.run_id = run;
        spec.acceleration = Acceleration::tcg;
        spec.memory = ByteSize::mib(512);
        spec.kernel = "/boot/kernel";
        spec.initrd = "/boot/initrd";
        spec.cmdline = "console=ttyS0 a='<b> & \"c\"'";
        spec.disks = {{"/disks/root.qcow2", DiskFormat::qcow2, false, "root"},
                      {"/disks/images.ext4", DiskFormat::raw, true, "crib-images"}};
        spec.console_log = "/logs/console.log";
        return spec;
    }

    test::ManualClock clock_;
    Context context_ = Context::with_clock(clock_);
    std::unique_ptr<Hypervisor> hypervisor_ = GetParam().make();
};

TEST_P(HypervisorContract, AStartedMachineRunsUntilItIsDestroyed) {
    const auto spec = machine("red", "master");
    EXPECT_EQ(hypervisor_->state(spec.name), MachineState::absent);
    hypervisor_->start(spec, context_);
    EXPECT_EQ(hypervisor_->state(spec.name), MachineState::running);
    EXPECT_EQ(hypervisor_->why_stopped(spec.name), "");
    hypervisor_->destroy(spec.name);
    EXPECT_EQ(hypervisor_->state(spec.name), MachineState::absent);
    EXPECT_EQ(hypervisor_->why_stopped(spec.name), "");
}

TEST_P(HypervisorContract, FindsTheMachinesOfARunAndOnlyThose) {
    hypervisor_->start(machine("red", "worker1"), context_);
    hypervisor_->start(machine("blue", "master"), context_);
    hypervisor_->start(machine("red", "master"), context_);
    EXPECT_THAT(hypervisor_->machines_of("red"), ElementsAre("crib-red-master", "crib-red-worker1"));
    EXPECT_THAT(hypervisor_->machines_of("blue"), ElementsAre("crib-blue-master"));
    EXPECT_THAT(hypervisor_->machines_of("re"), IsEmpty());
    EXPECT_THAT(hypervisor_->machines_of(""), IsEmpty());
}

TEST_P(HypervisorContract, TellsWhoseAMachineIs) {
    auto spec = machine("red", "master");
    spec.owner = {"/home/a 'b' & \"c\"/runs/red", "1000"};
    hypervisor_->start(spec, context_);
    hypervisor_->start(machine("red", "worker1"), context_);
    EXPECT_EQ(hypervisor_->owner_of("crib-red-master"), spec.owner);
    EXPECT_EQ(hypervisor_->owner_of("crib-red-worker1"), MachineOwner{}) << "an earlier crib's does not say";
    EXPECT_EQ(hypervisor_->owner_of("crib-red-nobody"), MachineOwner{});
}

TEST_P(HypervisorContract, RefusesASecondMachineOfTheSameNameAndLeavesTheFirstAlone) {
    const auto spec = machine("red", "master");
    hypervisor_->start(spec, context_);
    try {
        hypervisor_->start(spec, context_);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::hypervisor);
        EXPECT_THAT(error.what(), HasSubstr("crib-red-master"));
    }
    EXPECT_EQ(hypervisor_->state(spec.name), MachineState::running);
}

TEST_P(HypervisorContract, DestroyingAMachineThatIsNotThereDoesNothing) {
    hypervisor_->destroy("crib-red-nobody");
    hypervisor_->start(machine("red", "master"), context_);
    hypervisor_->destroy("crib-red-master");
    hypervisor_->destroy("crib-red-master");
    EXPECT_THAT(hypervisor_->machines_of("red"), IsEmpty());
}

TEST_P(HypervisorContract, ANameCanBeUsedAgainAfterItsMachineIsGone) {
    const auto spec = machine("red", "master");
    hypervisor_->start(spec, context_);
    hypervisor_->destroy(spec.name);
    hypervisor_->start(spec, context_);
    EXPECT_EQ(hypervisor_->state(spec.name), MachineState::running);
}

TEST_P(HypervisorContract, ACancelledStartLeavesNothing) {
    std::stop_source stop;
    stop.request_stop();
    try {
        hypervisor_->start(machine("red", "master"), context_.with_stop(stop.get_token()));
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::cancelled);
    }
    EXPECT_EQ(hypervisor_->state("crib-red-master"), MachineState::absent);
}

TEST_P(HypervisorContract, StartsAndDestroysFromManyThreads) {
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([this, i] {
                const auto spec = machine("red", "node" + std::to_string(i));
                hypervisor_->start(spec, context_);
                if (i % 2 == 0) hypervisor_->destroy(spec.name);
            });
        }
    }
    EXPECT_THAT(hypervisor_->machines_of("red"),
                ElementsAre("crib-red-node1", "crib-red-node3", "crib-red-node5", "crib-red-node7"));
}

TEST_P(HypervisorContract, SaysWhatItIs) {
    EXPECT_FALSE(hypervisor_->describe().empty());
}

TEST_P(HypervisorContract, SavesNoneOfTheMachinesWhenOneIsMissing) {
    const TempFolder folder(std::filesystem::temp_directory_path(), "crib-test");
    hypervisor_->start(machine("red", "master"), context_);
    std::vector<SaveSpec> specs(2);
    specs[0].name = "crib-red-master";
    specs[1].name = "crib-red-nobody";
    for (auto& spec : specs) {
        spec.memory = folder.path() / spec.name;
        spec.state = folder.path() / (spec.name + ".state");
        spec.overlays = {{"vda", folder.path() / (spec.name + ".qcow2")}};
    }
    try {
        (void)hypervisor_->save(specs, context_);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::hypervisor);
        EXPECT_THAT(error.what(), HasSubstr("crib-red-nobody"));
    }
    EXPECT_EQ(hypervisor_->state("crib-red-master"), MachineState::running);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_P(HypervisorContract, WantsAnOverlayForEachWritableDisk) {
    const TempFolder folder(std::filesystem::temp_directory_path(), "crib-test");
    hypervisor_->start(machine("red", "master"), context_);
    SaveSpec spec;
    spec.name = "crib-red-master";
    spec.memory = folder.path() / "memory";
    spec.state = folder.path() / "state";
    EXPECT_THROW((void)hypervisor_->save({spec}, context_), Error);
    EXPECT_EQ(hypervisor_->state("crib-red-master"), MachineState::running);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_P(HypervisorContract, ACancelledSaveOrRestoreDoesNothing) {
    hypervisor_->start(machine("red", "master"), context_);
    std::stop_source stop;
    stop.request_stop();
    const Context cancelled = context_.with_stop(stop.get_token());
    EXPECT_THROW((void)hypervisor_->save({SaveSpec{"crib-red-master", "/no/memory", "/no/state", {}}}, cancelled),
                 Error);
    RestoreSpec order;
    order.machine = machine("blue", "master");
    EXPECT_THROW(hypervisor_->restore({order}, cancelled), Error);
    EXPECT_EQ(hypervisor_->state("crib-red-master"), MachineState::running);
    EXPECT_THAT(hypervisor_->machines_of("blue"), IsEmpty());
}

TEST_P(HypervisorContract, ResumingAMachineThatIsNotThereIsAnError) {
    try {
        hypervisor_->resume({"crib-red-nobody"});
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("crib-red-nobody"));
    }
}

TEST_P(HypervisorContract, NamesTheVersionThatSavedMemoryDependsOn) {
    EXPECT_FALSE(hypervisor_->version_key(Acceleration::tcg).empty());
    EXPECT_EQ(hypervisor_->version_key(Acceleration::kvm), hypervisor_->version_key(Acceleration::kvm));
    EXPECT_NE(hypervisor_->version_key(Acceleration::kvm), hypervisor_->version_key(Acceleration::tcg));
}

INSTANTIATE_TEST_SUITE_P(All, HypervisorContract,
                         testing::Values(Kind{"Simulated",
                                              [] { return std::make_unique<test::SimulatedHypervisor>(); }},
                                         Kind{"LibvirtTestDriver",
                                              [] {
                                                  SystemClock clock;
                                                  ConnectOptions options;
                                                  options.uri = "test:///default";
                                                  return connect(options, Context::with_clock(clock));
                                              }}),
                         [](const testing::TestParamInfo<Kind>& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace crib::hypervisor
