// A cluster's state on its way from one machine to another, with a qemu-img that only copies.

#include "harness/engine/capsule_state.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/capsule/unpack.h"
#include "harness/checkpoint/transfer.h"
#include "harness/engine/stage_keys.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace crib::engine {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// A qcow2's header and then what a test wants to find again.
std::string qcow2(const std::string& content, char features = 0, char backing = 1) {
    std::string header(104, '\0');
    header.replace(0, 8, std::string("QFI\xfb\0\0\0\3", 8));
    header[15] = backing;
    header[79] = features;
    return header + content;
}

// One machine's cache and store.
struct Machine {
    explicit Machine(const fs::path& folder) : cache(folder / "cache") {
        make_folder(cache);
        make_folder(cache / "images");
        runner.on({"qemu-img", "convert"}, [](const process::Command& command) {
            write_file(command.args.back(), qcow2("over " + command.args.at(10)));
            return test::exited(0);
        });
        runner.on({"qemu-img", "rebase"}, [](const process::Command& command) {
            write_file(command.args.back(), qcow2("over " + command.args.at(8)));
            return test::exited(0);
        });
    }
    void add_images(const std::string& swap) const {
        make_folder(cache / "images/debian-13-aaaa");
        write_file(cache / "images/debian-13-aaaa/kernel", "kernel");
        write_file(cache / "images/debian-13-aaaa/initrd", "initrd");
        write_file(cache / "images/debian-13-aaaa/root.qcow2", qcow2(std::string(5U << 20U, 'r'), 0, 0));
        write_file(cache / "images/store-bbbb.ext4", "images");
        write_file(cache / "images/swap.qcow2", qcow2(swap, 0, 0));
    }

    fs::path cache;
    test::RecordingRunner runner;
    test::ManualClock clock;
    checkpoint::Store store{runner, clock, cache / "checkpoints"};
};

class CapsulesWithState : public ::testing::Test {
protected:
    void SetUp() override {
        theirs.add_images("swap of theirs");
        make_folder(unpacked);
    }
    [[nodiscard]] Context context() { return Context::with_clock(clock); }

    static std::string memory_of(const std::string& stage) {
        auto text = "memory of " + stage;
        text.resize(32, '.');
        return text;
    }

    ClusterState state() const {
        ClusterState state;
        state.served = {{"/cri-o/v1.36/deb", theirs.cache / "repositories/1111"}};
        state.keys = {"private", "public", "host private", "host public"};
        StateNode node;
        node.node = {{"master", scenario::Role::control_plane, ByteSize{memory_of("").size()}, 2, "debian-13"},
                     "192.168.76.11",
                     "52:54:00:76:00:0b",
                     "crib-k3v9x2-master"};
        node.cpu_model = "Nehalem";
        node.kernel = theirs.cache / "images/debian-13-aaaa/kernel";
        node.initrd = theirs.cache / "images/debian-13-aaaa/initrd";
        node.description = read_file(std::string(CRIB_SOURCE_DIR) + "/tests/golden/domain_saved.xml");
        using hypervisor::DiskFormat;
        using Kind = NodeDisk::Kind;
        node.disks = {{Kind::layered, {"", DiskFormat::qcow2, false, "crib-root"}},
                      {Kind::seed, {"", DiskFormat::raw, true, "crib-seed"}},
                      {Kind::layered, {"", DiskFormat::qcow2, false, "crib-swap"}},
                      {Kind::shared, {theirs.cache / "images/store-bbbb.ext4", DiskFormat::raw, true, "crib-images"}}};
        state.nodes = {node};
        return state;
    }

    std::string save(const std::string& stage, const fs::path& root_below, const std::string& payload) {
        const auto chain = checkpoint::extend(
            {}, stage, {checkpoint::text("run", "two-node-ab12"), hypervisor_entry("QEMU of " + stage)});
        auto begun = theirs.store.begin(chain, checkpoint::Store::IfBusy::leave, context());
        auto& draft = begun.draft.value();
        write_file(folder.path() / "raw", memory_of(stage));
        draft.add_memory("master", folder.path() / "raw", context());
        draft.add_machine("master", folder.path() / "raw", context());
        draft.add_disk("master vda", folder.path() / "raw", root_below, context());
        draft.add_disk("master vdc", folder.path() / "raw", theirs.cache / "images/swap.qcow2", context());
        return draft.commit({"two-node", "crib", {"master"}, payload}, context()).key();
    }
    // Two checkpoints, the second of which stands on the first.
    std::string save_second(const std::string& payload) {
        const auto first =
            theirs.store.open(save("joined", theirs.cache / "images/debian-13-aaaa/root.qcow2", payload), context());
        return save("exported", first.lease->disk("master vda", context()), payload);
    }

    void export_and_unpack(const std::string& key, bool with_images) {
        const auto opened = theirs.store.open(key, context());
        auto state = sources_of_state(theirs.store, *opened.lease, theirs.cache, with_images, context());
        manifest.run = "two-node-ab12";
        manifest.with_state = true;
        manifest.needs = state.needs;
        manifest.hypervisor = state.hypervisor;
        (void)capsule::pack(manifest, state.sources, folder.path() / "bug.crib", context());
        manifest = capsule::unpack(folder.path() / "bug.crib", capsule::What::everything, unpacked, {}, context());
    }
    std::string take_in() { return take_in_state(ours.store, manifest, unpacked, ours.cache, context()); }
    std::string refusal(std::string* hint = nullptr) {
        try {
            (void)take_in();
            return {};
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage) << error.what();
            EXPECT_TRUE(ours.store.list().empty());
            if (hint != nullptr) *hint = error.hint();
            return error.what();
        }
    }
    // What is said of a capsule whose state was spoilt so.
    std::string refusal_of(const std::function<void(ClusterState&)>& spoil) {
        auto spoilt = state();
        spoil(spoilt);
        ours.add_images("swap");
        const auto key = save("spoilt", theirs.cache / "images/debian-13-aaaa/root.qcow2", to_json(state()));
        export_and_unpack(key, false);
        // As an attacker would: the entry's text made anew.
        auto begun = theirs.store.open(key, context());
        auto entry = begun.lease->entry();
        entry.payload = to_json(spoilt);
        write_file(unpacked / "state/checkpoint.json", checkpoint::text_of(entry));
        return refusal();
    }

    TempFolder folder{fs::exists("/dev/shm") ? fs::path("/dev/shm")
                                             : fs::temp_directory_path()};  // syncing costs nothing
    Machine theirs{folder.path() / "theirs"};
    Machine ours{folder.path() / "ours"};
    test::ManualClock clock;
    fs::path unpacked = folder.path() / "unpacked";
    capsule::Manifest manifest{"0.1.0", "2026-11-25T12:00:00Z", {}, "two-node", {}, {}, false, {}, {}};
};

TEST_F(CapsulesWithState, GoOnUponTheOtherMachinesOwnFiles) {
    ours.add_images("another swap");
    const auto there = save_second(to_json(state()));
    export_and_unpack(there, false);
    const auto key = take_in();
    const auto opened = ours.store.open(key, context());
    ASSERT_TRUE(opened.lease) << opened.why;
    const auto memory = opened.lease->memory("master", context());
    opened.lease->wait_for_memory("master", context());
    EXPECT_EQ(read_file(memory), memory_of("exported"));
    const auto top = read_file(opened.lease->disk("master vda", context()));
    ASSERT_EQ(opened.lease->entry().layers.size(), 1U);
    const auto& layer = opened.lease->entry().layers[0];
    EXPECT_THAT(top, HasSubstr("over " + layer.id));
    EXPECT_EQ(layer.backing.file, ours.cache / "images/debian-13-aaaa/root.qcow2");
    const auto taken = parse_cluster_state(opened.lease->entry().payload);
    EXPECT_EQ(taken.nodes[0].kernel, ours.cache / "images/debian-13-aaaa/kernel");
    EXPECT_EQ(taken.nodes[0].disks[3].spec.file, ours.cache / "images/store-bbbb.ext4");
    EXPECT_TRUE(taken.served.empty()) << "this machine has not that repository";
    EXPECT_THAT(opened.lease->entry().payload, ::testing::Not(HasSubstr(theirs.cache.string() + "/images")));
}

TEST_F(CapsulesWithState, NameTheHypervisorThatSavedThemAndNotTheOneOfTheExport) {
    ours.add_images("swap");
    export_and_unpack(save_second(to_json(state())), false);
    EXPECT_EQ(manifest.hypervisor, "QEMU of exported");
    const auto opened = ours.store.open(take_in(), context());
    ASSERT_TRUE(opened.lease) << opened.why;
    EXPECT_EQ(hypervisor_of(opened.lease->entry().chain), "QEMU of exported") << "no other may load it later";
}

TEST_F(CapsulesWithState, AreNeverFoundByARunOfThisMachine) {
    ours.add_images("swap");
    const auto there = save_second(to_json(state()));
    export_and_unpack(there, false);
    const auto key = take_in();
    EXPECT_NE(key, there);
    EXPECT_FALSE(ours.store.has(there));
    EXPECT_EQ(ours.store.list().at(0).entry.stage(), "opened");
}

TEST_F(CapsulesWithState, AreTakenInOnce) {
    ours.add_images("swap");
    export_and_unpack(save_second(to_json(state())), false);
    const auto key = take_in();
    EXPECT_EQ(take_in(), key);
    EXPECT_EQ(ours.store.list().size(), 1U);
}

TEST_F(CapsulesWithState, AreRefusedWithTheCureWhereTheNodeImageIsNotThere) {
    export_and_unpack(save_second(to_json(state())), false);
    std::string hint;
    EXPECT_THAT(refusal(&hint), HasSubstr("this machine has not what master vda stands on, of debian-13"));
    EXPECT_THAT(hint, HasSubstr("crib images --build debian-13"));
    EXPECT_THAT(hint, HasSubstr("--with-images"));
}

TEST_F(CapsulesWithState, AreRefusedUponAnImageThatIsNotTheVerySame) {
    ours.add_images("swap");
    write_file(ours.cache / "images/debian-13-aaaa/root.qcow2", qcow2(std::string(5U << 20U, 'R'), 0, 0));
    export_and_unpack(save_second(to_json(state())), false);
    EXPECT_THAT(refusal(), HasSubstr("this machine has not what master vda stands on"));
}

TEST_F(CapsulesWithState, FindAnImageUnderAnotherName) {
    ours.add_images("swap");
    fs::rename(ours.cache / "images/debian-13-aaaa", ours.cache / "images/debian-13-cccc");
    export_and_unpack(save_second(to_json(state())), false);
    const auto opened = ours.store.open(take_in(), context());
    EXPECT_EQ(opened.lease->entry().layers.at(0).backing.file, ours.cache / "images/debian-13-cccc/root.qcow2");
}

TEST_F(CapsulesWithState, GoOnUponImagesThatLieBehindALink) {
    ours.add_images("swap");
    fs::rename(ours.cache / "images/debian-13-aaaa/root.qcow2", folder.path() / "root.qcow2");
    fs::create_symlink(folder.path() / "root.qcow2", ours.cache / "images/debian-13-aaaa/root.qcow2");
    export_and_unpack(save_second(to_json(state())), false);
    EXPECT_TRUE(ours.store.open(take_in(), context()).lease);
}

TEST_F(CapsulesWithState, BringTheirImagesWhenAskedTo) {
    export_and_unpack(save_second(to_json(state())), true);
    const auto opened = ours.store.open(take_in(), context());
    ASSERT_TRUE(opened.lease) << opened.why;
    const auto taken = parse_cluster_state(opened.lease->entry().payload);
    EXPECT_EQ(read_file(taken.nodes[0].kernel), "kernel");
    EXPECT_THAT(taken.nodes[0].kernel.string(), HasSubstr(ours.cache.string()));
}

TEST_F(CapsulesWithState, MayBeOfARunAndANodeWithLongNames) {
    ours.add_images("swap");
    auto long_ones = state();
    long_ones.nodes[0].node.machine = "crib-" + std::string(63, 's') + "-k3v9-" + std::string(63, 'n');
    export_and_unpack(save_second(to_json(long_ones)), false);
    EXPECT_TRUE(ours.store.open(take_in(), context()).lease);
}

TEST_F(CapsulesWithState, ThatNobodyWouldOpenAreNotPacked) {
    auto spoilt = state();
    spoilt.nodes[0].disks[3].spec.read_only = false;
    const auto key = save_second(to_json(spoilt));
    const auto opened = theirs.store.open(key, context());
    EXPECT_THAT([&] { (void)sources_of_state(theirs.store, *opened.lease, theirs.cache, false, context()); },
                ::testing::ThrowsMessage<Error>(HasSubstr("crib open would refuse it: the capsule's checkpoint: ")));
}

TEST_F(CapsulesWithState, NameNoFileOfTheHost) {
    EXPECT_THAT(refusal_of([](ClusterState& s) { s.nodes[0].disks[3].spec.file = "/etc/shadow"; }),
                HasSubstr("a file that its manifest does not name: /etc/shadow"));
}
TEST_F(CapsulesWithState, NameNoKernelOfTheHost) {
    EXPECT_THAT(refusal_of([](ClusterState& s) { s.nodes[0].kernel = "/boot/vmlinuz"; }), HasSubstr("/boot/vmlinuz"));
}
TEST_F(CapsulesWithState, MayNotWriteToWhatIsShared) {
    EXPECT_THAT(refusal_of([](ClusterState& s) { s.nodes[0].disks[3].spec.read_only = false; }),
                HasSubstr("would write to a disk that others read"));
}
TEST_F(CapsulesWithState, HaveNodesWithPlainNames) {
    EXPECT_THAT(refusal_of([](ClusterState& s) { s.nodes[0].node.machine = "../x"; }),
                HasSubstr("a machine is called \"../x\""));
}
TEST_F(CapsulesWithState, HaveNodesWithAddresses) {
    EXPECT_THAT(refusal_of([](ClusterState& s) { s.nodes[0].node.ip = "1.2.3"; }),
                HasSubstr("master has the address \"1.2.3\""));
}
TEST_F(CapsulesWithState, WhoseHostKeyWouldBeSeveralLinesOfKnownHostsAreRefused) {
    EXPECT_THAT(refusal_of([](ClusterState& s) { s.keys.host_public = "ssh-ed25519 AAAA\n* ssh-ed25519 BBBB"; }),
                HasSubstr("the nodes' host key is none"));
}

TEST_F(CapsulesWithState, HaveThePartsOfTheirNodesAlone) {
    EXPECT_THAT(refusal_of([](ClusterState& s) { s.nodes[0].node.asked.name = "another"; }),
                HasSubstr("memory of \"master\" that no node has"));
}
TEST_F(CapsulesWithState, HaveTheMemoryThatTheirNodesHave) {
    EXPECT_THAT(refusal_of([](ClusterState& s) { s.nodes[0].node.asked.memory = ByteSize::gib(1); }),
                HasSubstr("the memory of \"master\" is of another size"));
}
TEST_F(CapsulesWithState, RunNothingButCribsMachines) {
    EXPECT_THAT(refusal_of([](ClusterState& s) {
                    auto& xml = s.nodes[0].description;
                    xml.replace(xml.find("</devices>"), 10, "<emulator>/bin/sh</emulator></devices>");
                }),
                HasSubstr("another emulator"));
}

TEST_F(CapsulesWithState, ReadNoFileThroughADisk) {
    ours.add_images("swap");
    export_and_unpack(save_second(to_json(state())), false);
    for (const auto& part : fs::directory_iterator(unpacked / "state/parts")) {
        if (read_file(part.path()).substr(0, 3) != "QFI") continue;
        fs::permissions(part.path(), fs::perms::owner_all);
        write_file(part.path(), qcow2("data elsewhere", 4));
    }
    EXPECT_THAT(refusal(), HasSubstr("data in another file"));
}

TEST_F(CapsulesWithState, WithMemoryThatIsNotWhatItsIdSaysAreRefused) {
    ours.add_images("swap");
    export_and_unpack(save_second(to_json(state())), false);
    for (const auto& part : fs::directory_iterator(unpacked / "state/parts")) {
        if (read_file(part.path()).substr(0, 3) != "QFI") write_file(part.path(), "memory of another");
    }
    EXPECT_NE(refusal(), "");
}

}  // namespace
}  // namespace crib::engine
