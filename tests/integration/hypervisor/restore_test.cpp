// Saved machines brought back: in place, or in another run beside the ones that they were saved from.
#include "harness/hypervisor/leftovers.h"
#include "harness/hypervisor/libvirt/embed_root.h"
#include "tests/integration/hypervisor/restore_orders.h"
#include "tests/integration/hypervisor/saving.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <thread>

namespace crib::hypervisor {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

class Restoring : public Saving {
protected:
    // Two machines that were saved while they counted; they still run.
    void save_two() {
        specs_ = two_counting();
        files_ = files_for(specs_);
        result_ = hypervisor_->save(files_, context_);
        instants_ = instants_of(result_);
    }
    std::vector<long> instants_of(const SaveResult& result) {
        std::vector<long> instants;
        for (const auto& machine : result.machines) instants.push_back(count_on(machine.frozen.at("vda").file));
        return instants;
    }
    void destroy_two() {
        for (const auto& spec : specs_) hypervisor_->destroy(spec.name);
    }

    ~Restoring() override {
        if (!specs_.empty()) destroy_two();
    }

    // For another run, with a disk, a console and a port of its own.
    RestoreSpec orders(std::size_t i, const std::string& run_id, const Port& port) {
        RestoreSpec order;
        order.machine = specs_[i];
        order.machine.run_id = run_id;
        order.machine.console_log = folder_.path() / (run_id + "-" + specs_[i].name + ".log");
        order.machine.nics[0].switch_port = port.number();
        order.machine.disks[0].file = folder_.path() / (run_id + "-" + specs_[i].name + ".qcow2");
        make_disk(order.machine.disks[0].file, result_.machines[i].frozen.at("vda").file);
        order.memory = files_[i].memory;
        order.state = files_[i].state;
        order.description = result_.machines[i].description;
        return order;
    }
    std::vector<RestoreSpec> orders(const std::string& run_id, const Port& port) {
        return {orders(0, run_id, port), orders(1, run_id, port)};
    }
    std::vector<std::string> names() const { return {specs_[0].name, specs_[1].name}; }

    // It goes on from the instant, in memory and on disk, though the machine that was saved has counted on since: the
    // first whole line on the new console is of that instant's number, if that was not printed yet, or of the next one.
    void expect_goes_on(const MachineSpec& restored, long instant) {
        wait_until_counted_on(restored, instant);
        const auto all = counts(restored.console_log);
        ASSERT_FALSE(all.empty());
        EXPECT_GE(instant, 3) << "it had counted so far before it was saved";
        EXPECT_GE(all.front().number, instant);
        EXPECT_LE(all.front().number, instant + 1);
        for (std::size_t i = 0; i < all.size(); ++i) {
            EXPECT_EQ(all[i].number, all.front().number + static_cast<long>(i));
            EXPECT_EQ(all[i].on_disk, all[i].number - 1);
        }
    }

    void expect_refused(const std::vector<RestoreSpec>& wanted, const std::string& says) {
        try {
            hypervisor_->restore(wanted, context_);
            ADD_FAILURE() << "restored";
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(says));
        }
        for (const auto& name : names()) EXPECT_EQ(hypervisor_->state(name), MachineState::absent);
    }

    // The machines of `orders` in another process and another embedded libvirt, until the end of the scope.
    class Fork {
    public:
        Fork(Restoring& test, const std::vector<RestoreSpec>& orders) : root_(test.folder_.path() / "fork-libvirt") {
            const fs::path file = test.folder_.path() / "orders.json";
            write_restore_orders(file, orders);
            const auto result = test.run(CRIB_EMBED_HELPER, {root_.string(), "restore", file.string()});
            EXPECT_TRUE(result.ok()) << result.err;
        }
        ~Fork() {
            kill_leftovers(root_);
            forget_embed_root(root_);
        }
        Fork(const Fork&) = delete;
        Fork& operator=(const Fork&) = delete;

    private:
        fs::path root_;
    };

    std::vector<MachineSpec> specs_;
    std::vector<SaveSpec> files_;
    SaveResult result_;
    std::vector<long> instants_;  // what each had counted when it was saved
};

TEST_F(Restoring, MachinesGoBackInPlace) {
    save_two();
    for (std::size_t i = 0; i < 2; ++i) wait_until_counted_on(specs_[i], instants_[i]);
    destroy_two();
    Port port;
    const auto wanted = orders("second", port);
    hypervisor_->restore(wanted, context_);
    EXPECT_THAT(hypervisor_->machines_of("second"), ElementsAreArray(names()));
    EXPECT_THAT(hypervisor_->machines_of(run_id_), IsEmpty());
    EXPECT_TRUE(port.called() && port.called());
    for (const auto& order : wanted) {
        EXPECT_EQ(hypervisor_->state(order.machine.name), MachineState::paused);
        EXPECT_THAT(counts(order.machine.console_log), IsEmpty());
    }
    hypervisor_->resume(names());
    for (std::size_t i = 0; i < 2; ++i) {
        expect_goes_on(wanted[i].machine, instants_[i]);
        // The guest's kernel has seen that it is a copy: two forks draw different random numbers.
        wait_for_line(wanted[i].machine, "crng reseeded due to virtual machine fork");
    }
    // Like any other machine, one that was restored is remembered when QEMU dies.
    ::kill(pid_of(wanted[0].machine), SIGKILL);
    wait_for_state(wanted[0].machine, MachineState::crashed);
    for (const auto& name : names()) hypervisor_->destroy(name);
    EXPECT_THAT(hypervisor_->machines_of("second"), IsEmpty());
}

TEST_F(Restoring, ForksRunBesideTheMachinesThatTheyWereSavedFrom) {
    save_two();
    Port port;
    const auto wanted = orders("fork", port);
    const Fork fork(*this, wanted);
    EXPECT_TRUE(port.called() && port.called());
    for (std::size_t i = 0; i < 2; ++i) {
        expect_goes_on(wanted[i].machine, instants_[i]);
        // Nor does the original see the fork's disk.
        wait_until_counted_on(specs_[i], instants_[i]);
        expect_no_gap(specs_[i]);
    }
    EXPECT_THAT(hypervisor_->machines_of(run_id_), ElementsAreArray(names()));
}

TEST_F(Restoring, AStateFileMayBeAFifo) {
    save_two();
    destroy_two();
    const Port port;
    auto wanted = orders("piped", port);
    for (auto& order : wanted) {
        order.state += ".fifo";
        ASSERT_EQ(::mkfifo(order.state.c_str(), 0600), 0);
    }
    {
        const auto never = context_.with_timeout(1s);  // nobody writes
        EXPECT_THROW(hypervisor_->restore(wanted, never), Error);
        EXPECT_THAT(hypervisor_->machines_of("piped"), IsEmpty());
    }
    // QEMU is there when it has been given the head: what takes time is done meanwhile.
    std::vector<std::jthread> writers;
    for (std::size_t i = 0; i < 2; ++i) {
        writers.emplace_back([&, from = files_[i].state, to = wanted[i].state, name = wanted[i].machine.name] {
            const auto state = read_file(from);
            std::ofstream out(to, std::ios::binary);
            out << state.substr(0, kStateHead) << std::flush;
            require_within(context_, "QEMU of " + name, 50ms, [&] {
                const auto living = living_machines(root());
                return std::ranges::count(living, name) > 0 ? Observation::ready() : Observation::not_yet("none");
            });
            out << state.substr(kStateHead);
        });
    }
    hypervisor_->restore(wanted, context_);
    hypervisor_->resume(names());
    for (std::size_t i = 0; i < 2; ++i) expect_goes_on(wanted[i].machine, instants_[i]);
    for (const auto& name : names()) hypervisor_->destroy(name);
}

// Its memory is a file that it maps, with holes: they are filled before it stops, and it is saved as any other.
TEST_F(Restoring, AMachineThatWasRestoredIsSavedAndRestoredAgain) {
    save_two();
    destroy_two();
    const Port port;
    const auto first = orders("first", port);
    hypervisor_->restore(first, context_);
    hypervisor_->resume(names());
    for (std::size_t i = 0; i < 2; ++i) wait_until_counted_on(first[i].machine, instants_[i]);
    std::vector<SaveSpec> again;
    for (const auto& order : first) {
        again.push_back(files_for(order.machine));
        again.back().memory += ".again";
        again.back().state += ".again";
        again.back().overlays["vda"] += ".again";
    }
    const auto result = hypervisor_->save(again, context_);
    const auto at = instants_of(result);
    destroy_two();
    auto second = orders("second", port);
    for (std::size_t i = 0; i < 2; ++i) {
        make_disk(second[i].machine.disks[0].file.replace_extension(".again"),
                  result.machines[i].frozen.at("vda").file);
        second[i].memory = again[i].memory;
        second[i].state = again[i].state;
        second[i].description = result.machines[i].description;
        EXPECT_THAT(second[i].description, testing::Not(HasSubstr(first[i].memory.string())));
    }
    hypervisor_->restore(second, context_);
    hypervisor_->resume(names());
    for (std::size_t i = 0; i < 2; ++i) expect_goes_on(second[i].machine, at[i]);
}

TEST_F(Restoring, WhatIsDamagedIsAnErrorAndLeavesNothing) {
    save_two();
    const Port port;
    auto wanted = orders("damaged", port);
    EXPECT_THROW(hypervisor_->restore(wanted, context_), Error) << "the machines are there already";
    for (const auto& name : names()) EXPECT_EQ(hypervisor_->state(name), MachineState::running);
    destroy_two();

    const fs::path good = files_[1].state;
    const std::string bytes = read_file(good);
    wanted[1].state += ".damaged";
    const auto expect_refused_with = [&](const std::string& content) {
        write_file(wanted[1].state, content);
        expect_refused(wanted, names()[1]);
    };
    expect_refused(wanted, wanted[1].state.string());  // not there
    expect_refused_with("");
    for (const std::size_t length :
         {std::size_t(50), std::size_t(4096), bytes.size() / 2, bytes.size() - (1U << 16U)}) {
        expect_refused_with(bytes.substr(0, length));
    }
    // In libvirt's magic and header, and in QEMU's magic behind the XML.
    for (const std::size_t at : {std::size_t(3), std::size_t(20), bytes.find("QEVM") + 1}) {
        std::string flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
        expect_refused_with(flipped);
    }
    wanted[1].state = good;
    wanted[1].memory += ".shorter";
    write_file(wanted[1].memory, "memory");
    expect_refused(wanted, names()[1]);
    wanted[1].memory = files_[1].memory;
    wanted[1].description = "<domain>";
    expect_refused(wanted, "damaged");
    wanted = orders("good", port);
    hypervisor_->restore(wanted, context_);
    for (const auto& name : names()) hypervisor_->destroy(name);
}

}  // namespace
}  // namespace crib::hypervisor
