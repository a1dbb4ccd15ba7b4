#pragma once
// Machines of a run in this process's embedded libvirt, with a stock kernel and a one-program initrd.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/base/wait.h"
#include "harness/hypervisor/leftovers.h"
#include "harness/hypervisor/libvirt/connect.h"
#include "tests/support/tiny_guest/tiny_guest.h"

#include <gtest/gtest.h>

namespace crib::hypervisor {

class Embed : public testing::Test {
protected:
    void SetUp() override {
        kernel_ = test::tiny_guest_kernel(context_);
        if (kernel_.empty()) GTEST_SKIP() << "no kernel: apt-get download linux-image-amd64 does not work here";
        test::write_tiny_guest_initrd(initrd_);
        open();
    }
    ~Embed() override {
        if (!hypervisor_) return;
        for (const auto& name : hypervisor_->machines_of(run_id_)) hypervisor_->destroy(name);
        hypervisor_.reset();
        EXPECT_EQ(kill_leftovers(root()), 0);
    }

    void open() {
        hypervisor_.reset();
        hypervisor_ = connect({"qemu:///embed", root(), learnt()}, context_);
    }
    MachineSpec tiny(const std::string& node, const std::string& what = "idle") {
        MachineSpec spec;
        spec.name = "crib-" + run_id_ + "-" + node;
        spec.run_id = run_id_;
        spec.vcpus = 1;
        spec.memory = ByteSize::mib(192);
        spec.kernel = kernel_;
        spec.initrd = initrd_;
        spec.cmdline = test::tiny_guest_cmdline(what);
        spec.console_log = folder_.path() / (node + ".log");
        return spec;
    }
    void wait_for_line(const MachineSpec& spec, const std::string& line) {
        require_within(context_, line, std::chrono::milliseconds(50), [&] {
            const std::string text = read_tail(spec.console_log, 1U << 20U);
            return text.find(line) != std::string::npos ? Observation::ready()
                                                        : Observation::not_yet(std::string(last_lines(text, 1)));
        });
    }
    void wait_for_state(const MachineSpec& spec, MachineState wanted) {
        require_within(context_, to_string(wanted), std::chrono::milliseconds(50), [&] {
            const MachineState now = hypervisor_->state(spec.name);
            return now == wanted ? Observation::ready() : Observation::not_yet(to_string(now));
        });
    }
    // QEMU's process id, by its pid file.
    int pid_of(const MachineSpec& spec) { return std::stoi(read_file(root() / "run/qemu" / (spec.name + ".pid"))); }

    // A process can open one root only, so all tests of a process share it.
    static std::filesystem::path root() { return shared_folder() / "libvirt"; }
    static std::filesystem::path learnt() { return shared_folder() / "learnt"; }
    static const std::filesystem::path& shared_folder() {
        static const TempFolder folder(std::filesystem::temp_directory_path(), "crib-test");
        return folder.path();
    }

    SystemClock clock_;
    Context context_ = Context::with_clock(clock_).with_timeout(std::chrono::seconds(380));
    TempFolder folder_{std::filesystem::temp_directory_path(), "crib-test"};
    std::filesystem::path kernel_;
    std::filesystem::path initrd_ = folder_.path() / "initrd";
    std::string run_id_ = random_word(8);
    std::unique_ptr<Hypervisor> hypervisor_;
};

}  // namespace crib::hypervisor
