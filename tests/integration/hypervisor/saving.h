#pragma once
// Two machines that count on their consoles and on their disks, to be saved and restored.

#include "harness/process/boost_runner.h"
#include "tests/integration/hypervisor/embed.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <vector>

namespace crib::hypervisor {

// A port of this host that takes QEMU's connection, as a switch does.
class Port {
public:
    Port() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* raw = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(socket_.get(), raw, size), 0);
        EXPECT_EQ(::listen(socket_.get(), 8), 0);
        EXPECT_EQ(::getsockname(socket_.get(), raw, &size), 0);
        number_ = ntohs(address.sin_port);
    }
    [[nodiscard]] std::uint16_t number() const { return number_; }
    // A connection came since the last call.
    bool called() {
        const UniqueFd call(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK));
        return call.valid();
    }

private:
    UniqueFd socket_{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    std::uint16_t number_ = 0;
};

struct Count {
    long number = 0;   // what the guest remembers
    long on_disk = 0;  // what its disk held just before: one less, unless somebody else wrote to it
};

class Saving : public Embed {
protected:
    void SetUp() override {
        Embed::SetUp();
        if (IsSkipped()) return;
        const auto drivers = test::tiny_guest_drivers(context_);
        if (drivers.empty()) GTEST_SKIP() << "the kernel's disk drivers are not known";
        test::write_tiny_guest_initrd(initrd_, drivers);
        make_folder(saved_);
        write_file(shared_disk_, std::string(1U << 20U, 's'));
    }

    process::Result run(const std::string& program, const std::vector<std::string>& args) {
        return runner_.run(test::command(program, args), context_);
    }
    void make_disk(const std::filesystem::path& file, const std::filesystem::path& over = {}) {
        std::vector<std::string> args{"create", "-q", "-f", "qcow2"};
        if (!over.empty()) args.insert(args.end(), {"-F", "qcow2", "-b", over.string()});
        args.push_back(file.string());
        if (over.empty()) args.emplace_back("16M");
        const auto result = run("qemu-img", args);
        ASSERT_TRUE(result.ok()) << result.err;
    }

    MachineSpec counting(const std::string& node) {
        MachineSpec spec = tiny(node, "count");
        const auto disk = folder_.path() / (node + ".qcow2");
        make_disk(disk);
        spec.disks = {{disk, DiskFormat::qcow2, false, "root"}, {shared_disk_, DiskFormat::raw, true, "crib-images"}};
        spec.nics = {{node == "master" ? "52:54:00:76:00:0b" : "52:54:00:76:00:0c", port_.number(), {}}};
        return spec;
    }
    std::vector<MachineSpec> two_counting() {
        std::vector<MachineSpec> specs{counting("master"), counting("worker")};
        for (const auto& spec : specs) hypervisor_->start(spec, context_);
        for (const auto& spec : specs) wait_for_line(spec, "count 3 disk 2");
        return specs;
    }

    SaveSpec files_for(const MachineSpec& spec) {
        SaveSpec save;
        save.name = spec.name;
        save.memory = saved_ / (spec.name + ".memory");
        save.state = saved_ / (spec.name + ".state");
        save.overlays = {{"vda", saved_ / (spec.name + "-after.qcow2")}};
        return save;
    }
    std::vector<SaveSpec> files_for(const std::vector<MachineSpec>& specs) {
        std::vector<SaveSpec> result;
        for (const auto& spec : specs) result.push_back(files_for(spec));
        return result;
    }

    // All counts on a console, in order.
    static std::vector<Count> counts(const std::filesystem::path& console) {
        std::vector<Count> result;
        for (const auto& line : split_lines(read_tail(console, 1U << 22U))) {
            Count count;
            char end = 0;
            if (std::sscanf(line.c_str(), "count %ld disk %ld%c", &count.number, &count.on_disk, &end) >= 2) {
                result.push_back(count);
            }
        }
        return result;
    }
    static long last_count(const MachineSpec& spec) {
        const auto all = counts(spec.console_log);
        return all.empty() ? 0 : all.back().number;
    }
    void wait_until_counted_on(const MachineSpec& spec, long from) {
        require_within(context_, spec.name + " to count on", std::chrono::milliseconds(50), [&] {
            const long now = last_count(spec);
            return now > from + 2 ? Observation::ready() : Observation::not_yet(std::to_string(now));
        });
    }

    // What the guest had counted at the instant of which a disk is: it writes each number past all caches before it
    // prints it, and a machine that stops has its disk finish what was begun.
    long count_on(const std::filesystem::path& frozen_disk) {
        const auto block = folder_.path() / "block.raw";
        const auto result = run("qemu-img", {"dd", "-U", "-f", "qcow2", "-O", "raw", "bs=512", "count=1",
                                             "if=" + frozen_disk.string(), "of=" + block.string()});
        EXPECT_TRUE(result.ok()) << result.err;
        return std::atol(read_file(block).c_str());
    }

    // No count is missing, and each found the one before it on the disk.
    static void expect_no_gap(const MachineSpec& spec) {
        long before = 0;
        for (const auto& count : counts(spec.console_log)) {
            EXPECT_EQ(count.number, before + 1);
            EXPECT_EQ(count.on_disk, before);
            before = count.number;
        }
    }

    process::BoostRunner runner_;
    Port port_;
    std::filesystem::path saved_ = folder_.path() / "saved";
    std::filesystem::path shared_disk_ = folder_.path() / "shared.raw";
};

}  // namespace crib::hypervisor
