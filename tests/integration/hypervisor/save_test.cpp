// Machines saved while they run: they stop once, at one instant, and go on.
#include "tests/integration/hypervisor/saving.h"

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <thread>

namespace crib::hypervisor {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

// What a sparse file takes.
std::uint64_t room_of(const fs::path& file) {
    struct stat status {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0);
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

TEST_F(Saving, TwoMachinesStopOnceAndGoOnUponNewDisks) {
    const auto specs = two_counting();
    const auto files = files_for(specs);
    const SaveResult result = hypervisor_->save(files, context_);
    EXPECT_GT(result.paused, 0s);
    ASSERT_EQ(result.machines.size(), 2U);
    for (std::size_t i = 0; i < specs.size(); ++i) {
        const SavedMachine& saved = result.machines[i];
        EXPECT_EQ(saved.name, specs[i].name);
        ASSERT_EQ(saved.frozen.size(), 1U);  // not the disk that nobody writes to
        const FrozenDisk& frozen = saved.frozen.at("vda");
        EXPECT_EQ(frozen.file, specs[i].disks[0].file);
        EXPECT_EQ(frozen.format, DiskFormat::qcow2);
        EXPECT_EQ(fs::file_size(files[i].memory), specs[i].memory.bytes);
        EXPECT_LT(room_of(files[i].memory), specs[i].memory.bytes) << "free pages take no room";
        EXPECT_GE(fs::file_size(files[i].state), kStateHead);
        EXPECT_LT(fs::file_size(files[i].state), 2 * kStateHead) << "no memory is in it";
        const std::string then = read_file(frozen.file);
        wait_until_counted_on(specs[i], last_count(specs[i]));
        EXPECT_EQ(read_file(frozen.file), then);
        expect_no_gap(specs[i]);
        const auto check = run("qemu-img", {"check", frozen.file.string()});
        EXPECT_TRUE(check.ok()) << check.out << check.err;
    }
}

TEST_F(Saving, ASecondSaveFreezesWhatTheFirstWentOnWith) {
    const auto specs = two_counting();
    const auto first = files_for(specs);
    (void)hypervisor_->save(first, context_);
    auto second = files_for(specs);
    for (auto& file : second) {
        file.memory += ".2";
        file.state += ".2";
        file.overlays["vda"] += ".2";
    }
    const SaveResult result = hypervisor_->save(second, context_);
    for (std::size_t i = 0; i < specs.size(); ++i) {
        EXPECT_EQ(result.machines[i].frozen.at("vda").file, first[i].overlays.at("vda"));
        wait_until_counted_on(specs[i], last_count(specs[i]));
        expect_no_gap(specs[i]);
    }
}

// As when there is no room to keep what was written.
TEST_F(Saving, ASaveThatIsTakenBackLeavesTheMachinesOnTheirOwnDisks) {
    const auto specs = two_counting();
    const auto files = files_for(specs);
    const auto forget = [&] {
        for (const auto& file : files) {
            fs::remove(file.memory);
            fs::remove(file.state);
        }
    };
    (void)hypervisor_->save(files, context_);
    for (const auto& spec : specs) wait_until_counted_on(spec, last_count(spec));
    hypervisor_->undo_save(files, context_);
    for (std::size_t i = 0; i < specs.size(); ++i) {
        EXPECT_FALSE(fs::exists(files[i].overlays.at("vda")));
        const auto& disk = specs[i].disks[0].file;
        const std::string then = read_file(disk);
        wait_until_counted_on(specs[i], last_count(specs[i]));
        expect_no_gap(specs[i]);
        EXPECT_NE(read_file(disk), then);
    }
    forget();
    const auto result = hypervisor_->save(files, context_);
    for (std::size_t i = 0; i < specs.size(); ++i) {
        EXPECT_EQ(result.machines[i].frozen.at("vda").file, specs[i].disks[0].file);
    }

    hypervisor_->destroy(specs[0].name);
    try {
        hypervisor_->undo_save(files, context_);
        ADD_FAILURE() << "taken back";
    } catch (const HalfSaved& error) {
        EXPECT_THAT(error.what(), HasSubstr(specs[0].name));
    }
    EXPECT_FALSE(fs::exists(files[1].overlays.at("vda"))) << "it is done for the others";
    wait_until_counted_on(specs[1], last_count(specs[1]));
    expect_no_gap(specs[1]);
}

// Room for 16 MiB only. Root alone can have it.
class SmallDisk {
public:
    explicit SmallDisk(fs::path folder) : folder_(std::move(folder)) {
        make_folder(folder_);
        mounted_ = ::mount("none", folder_.c_str(), "tmpfs", 0, "size=16m") == 0;
    }
    ~SmallDisk() {
        if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    [[nodiscard]] bool mounted() const { return mounted_; }

private:
    fs::path folder_;
    bool mounted_ = false;
};

// What can go wrong at each point of a save. All of it leaves the machines as they were.
class SavesThatFail : public Saving {
protected:
    void SetUp() override {
        Saving::SetUp();
        if (!IsSkipped()) specs_ = two_counting();
    }

    // What libvirt writes, before it is split.
    static fs::path whole(const SaveSpec& files) { return files.memory.string() + ".whole"; }

    void expect_failure(const std::vector<SaveSpec>& files, const std::string& says, const Context& context) {
        SCOPED_TRACE(says);
        try {
            (void)hypervisor_->save(files, context);
            ADD_FAILURE() << "saved";
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr(says));
            EXPECT_THAT(error.what(), testing::Not(HasSubstr("not as before")));
        }
        for (const auto& file : files) {
            EXPECT_FALSE(fs::exists(file.memory)) << file.memory;
            EXPECT_FALSE(fs::exists(file.state)) << file.state;
            EXPECT_FALSE(fs::exists(whole(file))) << whole(file);
            EXPECT_FALSE(fs::exists(file.overlays.at("vda")));
        }
        for (const auto& spec : specs_) {
            EXPECT_EQ(hypervisor_->state(spec.name), MachineState::running);
            const std::string then = read_file(spec.disks[0].file);
            wait_until_counted_on(spec, last_count(spec));
            expect_no_gap(spec);
            EXPECT_NE(read_file(spec.disks[0].file), then);  // it writes to its own disk again
        }
    }
    void expect_failure(const std::vector<SaveSpec>& files, const std::string& says) {
        expect_failure(files, says, context_);
    }

    std::vector<MachineSpec> specs_;
};

TEST_F(SavesThatFail, LeaveTheMachinesRunningOnTheirOwnDisks) {
    auto files = files_for(specs_);
    files[1].memory = saved_ / "no-such-folder/memory";
    expect_failure(files, "no-such-folder");

    // The first machine's disk has moved on, or is about to, when the second one's cannot.
    files = files_for(specs_);
    files[1].overlays["vda"] = saved_ / "no-such-folder/after.qcow2";
    expect_failure(files, "no-such-folder");

    // Both run again when what was written cannot be split.
    files = files_for(specs_);
    files[1].state = saved_ / "no-such-folder/state";
    expect_failure(files, "no-such-folder");

    files = files_for(specs_);
    expect_failure(files, "ran out", context_.with_timeout(1ms));

    std::stop_source stop;
    const std::jthread user([&] {
        while (!fs::exists(whole(files[0]))) std::this_thread::sleep_for(1ms);
        stop.request_stop();
    });
    expect_failure(files, "cancelled", context_.with_stop(stop.get_token()));

    files[1].name = "crib-nobody";
    expect_failure(files, "crib-nobody");

    if (const SmallDisk disk(folder_.path() / "small"); disk.mounted()) {
        files = files_for(specs_);
        files[1].memory = folder_.path() / "small/memory";
        expect_failure(files, specs_[1].name);
    }

    // A file that is there already is not touched.
    files = files_for(specs_);
    write_file(files[0].memory, "somebody's");
    EXPECT_THROW((void)hypervisor_->save(files, context_), Error);
    EXPECT_EQ(read_file(files[0].memory), "somebody's");
    EXPECT_FALSE(fs::exists(files[1].memory));

    // And a save that can succeed still does.
    fs::remove(files[0].memory);
    EXPECT_EQ(hypervisor_->save(files, context_).machines.size(), 2U);
}

}  // namespace
}  // namespace crib::hypervisor
