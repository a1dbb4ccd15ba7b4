// A disk that runs full while a checkpoint is saved: an error that says so, and nothing left behind.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/checkpoint/file_io.h"
#include "harness/checkpoint/memory_delta.h"
#include "harness/checkpoint/store.h"
#include "harness/process/boost_runner.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <random>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string noise(std::size_t size) {
    std::mt19937 random(1);
    std::string text(size, '\0');
    for (auto& byte : text) byte = static_cast<char>(random());
    return text;
}

class AFullDisk : public testing::Test {
protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "only root can mount a small disk";
        fs::create_directory(small_);
        if (::mount("tmpfs", small_.c_str(), "tmpfs", 0, "size=4m") != 0)
            GTEST_SKIP() << "no tmpfs can be mounted here";
        mounted_ = true;
        store_.emplace(runner_, clock_, small_ / "checkpoints");
    }
    ~AFullDisk() override {
        if (mounted_) ::umount2(small_.c_str(), MNT_DETACH);
    }

    fs::path file(const std::string& name, const std::string& content) {
        write_file(folder_.path() / name, content);
        return folder_.path() / name;
    }
    Draft begin() {
        auto begun = store_->begin(extend({}, "s", {text("what", "x")}), Store::IfBusy::leave, context_);
        return std::move(begun.draft.value());
    }
    void expect_empty() {
        for (const auto* name : {"entries", "parts", "drafts", "locks", "trash"}) {
            EXPECT_TRUE(fs::is_empty(store_->folder() / name)) << name;
        }
    }
    static void expect_full(const std::function<void()>& save, const std::string& what) {
        try {
            save();
            FAIL() << "it fitted";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::environment);
            EXPECT_THAT(error.what(), HasSubstr(what));
            EXPECT_THAT(error.what(), HasSubstr("is full"));
            EXPECT_THAT(error.hint(), HasSubstr("crib cache gc"));
        }
    }

    TempFolder folder_{fs::temp_directory_path(), "crib-full"};
    fs::path small_ = folder_.path() / "small";
    process::BoostRunner runner_;
    SystemClock clock_;
    Context context_ = Context::with_clock(clock_).with_timeout(std::chrono::seconds{60});
    std::optional<Store> store_;
    bool mounted_ = false;
};

TEST_F(AFullDisk, OfMemoryLeavesNothing) {
    const auto raw = file("raw", noise(8U << 20U));
    expect_full([&] { begin().add_memory("master", raw, context_); }, "saving the memory of master (8 MiB): ");
    expect_empty();
}

TEST_F(AFullDisk, OfADiskLeavesNothing) {
    const auto content = file("content", noise(8U << 20U));
    const auto base = (folder_.path() / "base").string();
    const auto frozen = (folder_.path() / "frozen").string();
    for (const auto& args : std::vector<std::vector<std::string>>{
             {"create", "-q", "-f", "qcow2", base, "64M"},
             {"convert", "-q", "-f", "raw", "-O", "qcow2", "-B", base, "-F", "qcow2", content.string(), frozen}}) {
        ASSERT_TRUE(runner_.run(test::command("qemu-img", args), context_).ok());
    }
    expect_full([&] { begin().add_disk("master", frozen, base, context_); }, "saving the disk of master (8");
    expect_empty();
}

TEST_F(AFullDisk, LeavesWhatWasSavedBefore) {
    auto good = begin();
    good.add_memory("master", file("small-raw", noise(100'000)), context_);
    const auto key = good.commit({}, context_).key();
    auto begun = store_->begin(extend({}, "s", {text("what", "big")}), Store::IfBusy::leave, context_);
    const auto raw = file("raw", noise(8U << 20U));
    expect_full([&] { begun.draft->add_memory("master", raw, context_); }, "saving the memory");
    begun.draft.reset();
    EXPECT_TRUE(store_->verify(context_).empty());
    EXPECT_TRUE(store_->open(key, context_).lease);
}

TEST_F(AFullDisk, WhereMemoryIsUnpackedIsNamed) {
    const auto like = file("like", noise(8U << 20U));
    const auto packed = folder_.path() / "packed";
    const auto whole = pack_memory(like, packed, context_);
    const auto delta = folder_.path() / "delta";
    const auto differs = pack_delta(like, like, delta, context_);
    const auto room = create_nameless_file(small_);
    set_length(room.get(), 8U << 20U, small_);
    expect_full([&] { MemoryReader(packed, whole.id, 8U << 20U).unpack(room.get(), small_, context_); },
                "writing a memory image");
    expect_full([&] { DeltaReader(delta, differs.id, 8U << 20U, context_).make_room(room.get(), small_); },
                "writing a memory image");
}

}  // namespace
}  // namespace crib::checkpoint
