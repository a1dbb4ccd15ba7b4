// Disk layers by the real qemu-img: only what a node wrote, compressed, and the disk is the same again.

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/checkpoint/store.h"
#include "harness/process/boost_runner.h"
#include "tests/support/recording_runner/recording_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crib::checkpoint {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class DiskLayers : public testing::Test {
protected:
    void SetUp() override {
        qemu({"qemu-img", "create", "-q", "-f", "qcow2", at("base"), "64M"});
        write("base", "write -P 1 0 32M");
        overlay("base", "first");
        write("first", "write -P 2 1M 3M");
        write("first", "write -z 8M 1M");
    }

    std::string at(const std::string& name) const { return (folder_.path() / name).string(); }
    process::Result qemu(const std::vector<std::string>& words) {
        const auto result = runner_.run(test::command(words[0], {words.begin() + 1, words.end()}), context_);
        EXPECT_TRUE(result.ok()) << words[0] << " " << words[1] << ": " << result.out << result.err;
        return result;
    }
    void overlay(const std::string& below, const std::string& name) {
        qemu({"qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", at(below), at(name)});
    }
    void write(const std::string& name, const std::string& what) {
        qemu({"qemu-io", "-f", "qcow2", "-c", what, at(name)});
    }
    std::string save(const std::string& what, const std::string& frozen, const fs::path& backing) {
        auto begun = store_.begin(extend({}, "s", {text("what", what)}), Store::IfBusy::leave, context_);
        begun.draft.value().add_disk("master", frozen, backing, context_);
        return begun.draft->commit({}, context_).key();
    }

    TempFolder folder_{fs::temp_directory_path(), "crib-layers"};
    process::BoostRunner runner_;
    SystemClock clock_;
    Context context_ = Context::with_clock(clock_).with_timeout(std::chrono::seconds{60});
    Store store_{runner_, clock_, folder_.path() / "checkpoints"};
};

TEST_F(DiskLayers, HoldOnlyWhatTheNodeWrote) {
    const auto opened = store_.open(save("a", at("first"), at("base")), context_);
    ASSERT_TRUE(opened.lease) << opened.why;
    const auto layer = opened.lease->disk("master", context_);
    EXPECT_LT(fs::file_size(layer), 1U << 20U) << "the base's 32 MiB are not in it, and its own are compressed";
    qemu({"qemu-img", "compare", "-q", layer.string(), at("first")});
    const auto info = qemu({"qemu-img", "info", layer.string()}).out;
    EXPECT_THAT(info, HasSubstr("compression type: zstd"));
    EXPECT_THAT(info, HasSubstr("backing file: " + at("base")));
}

TEST_F(DiskLayers, OfALaterStageStandOnTheEarlierOne) {
    const auto first = store_.open(save("a", at("first"), at("base")), context_);
    const auto below = first.lease.value().disk("master", context_);
    // The node goes on, restored or not, on a disk of the same content.
    qemu({"qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", below.string(), at("second")});
    write("second", "write -P 7 2M 64k");
    const auto second = store_.open(save("b", at("second"), below), context_);
    ASSERT_TRUE(second.lease) << second.why;
    const auto layer = second.lease->disk("master", context_);
    EXPECT_LT(fs::file_size(layer), fs::file_size(below) + 200'000);
    qemu({"qemu-img", "compare", "-q", layer.string(), at("second")});
    // The whole store may be moved: layers find each other by name.
    const auto chain = qemu({"qemu-img", "info", "--backing-chain", layer.string()}).out;
    EXPECT_THAT(chain, HasSubstr("backing file: " + below.filename().string() + " "));
}

TEST_F(DiskLayers, OfTheSameContentAreTheSamePart) {
    const auto one = store_.open(save("a", at("first"), at("base")), context_);
    const auto other = store_.open(save("b", at("first"), at("base")), context_);
    EXPECT_EQ(one.lease.value().entry().parts[0].id, other.lease.value().entry().parts[0].id);
}

TEST_F(DiskLayers, ThatQemuImgRefusesAreAnErrorWithItsWords) {
    write_file(at("no-disk"), "not a qcow2");
    try {
        (void)save("a", at("no-disk"), at("base"));
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("saving the disk of master"));
        EXPECT_THAT(error.what(), HasSubstr("not in qcow2 format"));
        EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    }
    EXPECT_TRUE(store_.list().empty());
    EXPECT_TRUE(fs::is_empty(store_.folder() / "parts"));
}

}  // namespace
}  // namespace crib::checkpoint
