#include "harness/hypervisor/memory_stream.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/hypervisor/hypervisor.h"
#include "tests/support/manual_clock.h"
#include "tests/unit/hypervisor/stream_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <map>

namespace crib::hypervisor {
namespace {

using namespace stream;
using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

class MemoryStream : public testing::Test {
protected:
    void split(const std::string& image) { split(image, Context::with_clock(clock_)); }
    void split(const std::string& image, const Context& context) {
        write_file(image_, image);
        split_memory(image_, ram_, rest_, context);
    }

    void expect_refused(const std::string& image, const std::string& why) {
        write_file(image_, image);
        expect_image_refused(why);
    }
    void expect_image_refused(const std::string& why) {
        try {
            split_memory(image_, ram_, rest_, Context::with_clock(clock_));
            ADD_FAILURE() << "taken, instead of: " << why;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::hypervisor);
            EXPECT_THAT(error.what(), AllOf(HasSubstr(image_.string() + ": at byte "), HasSubstr(why)));
        }
        expect_nothing_left();
    }

    void expect_refused_anew(const std::string& image, const std::string& why) {
        fs::remove(ram_);
        fs::remove(rest_);
        expect_refused(image, why);
    }

    void expect_nothing_left() const {
        EXPECT_FALSE(fs::exists(ram_));
        EXPECT_FALSE(fs::exists(rest_));
    }

    [[nodiscard]] std::string ram_page(std::uint64_t number) const {
        return read_file(ram_).substr(number * kPageBytes, kPageBytes);
    }
    [[nodiscard]] bool is_hole(std::uint64_t number) const {
        const UniqueFd fd(::open(ram_.c_str(), O_RDONLY | O_CLOEXEC));
        const auto at = static_cast<off_t>(number * kPageBytes);
        return ::lseek(fd.get(), at, SEEK_DATA) != at;
    }
    [[nodiscard]] std::string rest_stream() const { return read_file(rest_).substr(kStateHead); }

    TempFolder folder_{fs::temp_directory_path(), "crib-test"};
    fs::path image_ = folder_.path() / "memory";
    fs::path ram_ = folder_.path() / "ram";
    fs::path rest_ = folder_.path() / "rest";
    test::ManualClock clock_;
};

TEST_F(MemoryStream, PutsEveryPageOfRamWhereItWas) {
    split(libvirt_head() + qemu_head() + first(blocks(kBlocks)) +
          part(page("pc.ram", 0, page_of('a')) + next_page(1, page_of('b')) + next_zeros(2) +
               next_page(3, page_of('c'))) +
          part(next_page(15, page_of('d'))) + last(next_page(9, page_of('e'))) + kDevices);
    ASSERT_EQ(fs::file_size(ram_), 16 * kPageBytes);
    EXPECT_EQ(read_file(ram_), page_of('a') + page_of('b') + page_of('\0') + page_of('c') +
                                   std::string(5 * kPageBytes, '\0') + page_of('e') +
                                   std::string(5 * kPageBytes, '\0') + page_of('d'));
}

TEST_F(MemoryStream, HasHolesWhereThereAreOnlyZeros) {
    split(libvirt_head() + qemu_head() +
          first(blocks(kBlocks) + zeros("pc.ram", 0) + next_page(1, page_of('b')) + next_zeros(2) + next_zeros(3)) +
          last() + kDevices);
    EXPECT_TRUE(is_hole(0));
    EXPECT_FALSE(is_hole(1));
    for (std::uint64_t number = 2; number < 16; ++number) EXPECT_TRUE(is_hole(number)) << number;
}

TEST_F(MemoryStream, FillsAPageOfOneByte) {
    split(
        libvirt_head() + qemu_head() +
        first(blocks(kBlocks) + page("pc.ram", 0, page_of('a')) + next_zeros(1, '\x5a') + next_page(2, page_of('c'))) +
        last());
    EXPECT_EQ(read_file(ram_).substr(0, 3 * kPageBytes), page_of('a') + page_of('\x5a') + page_of('c'));
}

TEST_F(MemoryStream, TakesThePageThatWasSentLast) {
    split(libvirt_head() + qemu_head() +
          first(blocks(kBlocks) + page("pc.ram", 1, page_of('a')) + next_page(1, page_of('b')) +
                next_page(2, page_of('c')) + next_page(3, page_of('d')) + next_page(4, page_of('e'))) +
          part(next_zeros(2) + next_zeros(3) + next_page(3, page_of('f'))) + last(next_zeros(4)) + kDevices);
    EXPECT_EQ(ram_page(1), page_of('b'));
    EXPECT_EQ(ram_page(2), page_of('\0'));
    EXPECT_EQ(ram_page(3), page_of('f'));
    EXPECT_EQ(ram_page(4), page_of('\0'));
    EXPECT_TRUE(is_hole(2));
}

TEST_F(MemoryStream, LeavesAllButTheRamInTheRest) {
    const auto vram = page("vga.vram", 0, page_of('v')) + next_zeros(1);
    const auto again = page("vga.vram", 1, page_of('w'));
    split(libvirt_head() + qemu_head() +
          first(blocks(kBlocks) + page("pc.ram", 0, page_of('a')) + next_page(1, page_of('b'))) +
          part(next_page(2, page_of('c')) + vram + zeros("pc.ram", 3) + next_page(4, page_of('d')) + again) +
          last(next_page(0, page_of('x')) + page("pc.ram", 5, page_of('e'))) + kDevices);
    EXPECT_EQ(rest_stream(), qemu_head() + first(blocks(kBlocksOfRest)) + part(vram + again) +
                                 last(next_page(0, page_of('x'))) + kDevices);
}

TEST_F(MemoryStream, CallsTheRamByCribsNameAndLeavesTheOtherBlocksTheirs) {
    split(libvirt_head() + qemu_head() +
          first(blocks({{"rom", kPageBytes}, {"pc.ram", 2 * kPageBytes}, {"pc.rom", kPageBytes}}) +
                page("rom", 0, page_of('r')) + page("pc.ram", 0, page_of('a')) + page("pc.rom", 0, page_of('s'))) +
          last());
    EXPECT_EQ(rest_stream(),
              qemu_head() +
                  first(blocks({{"rom", kPageBytes}, {"crib.ram", 2 * kPageBytes}, {"pc.rom", kPageBytes}}) +
                        page("rom", 0, page_of('r')) + page("pc.rom", 0, page_of('s'))) +
                  last());
}

TEST_F(MemoryStream, SplitsTheImageOfAMachineThatWasRestoredFromASplitOne) {
    split(libvirt_head() + qemu_head() +
          first(blocks(kBlocksOfRest) + page(kRamBlock, 1, page_of('a')) + next_page(2, page_of('b'))) + last() +
          kDevices);
    EXPECT_EQ(ram_page(1) + ram_page(2), page_of('a') + page_of('b'));
    EXPECT_EQ(rest_stream(), qemu_head() + first(blocks(kBlocksOfRest)) + last() + kDevices);
}

TEST_F(MemoryStream, TakesARestForAnImage) {
    split(libvirt_head() + qemu_head() + first(blocks(kBlocks) + page("pc.ram", 1, page_of('a'))) + last() + kDevices);
    const auto rest = read_file(rest_);
    fs::remove(ram_);
    fs::remove(rest_);
    split(rest);
    EXPECT_EQ(read_file(rest_), rest);
    EXPECT_EQ(fs::file_size(ram_), 16 * kPageBytes);
    EXPECT_TRUE(is_hole(1));
}

// What libvirt reads of a header: its five numbers, the XML up to its NUL, the cookie from its offset.
struct Head {
    explicit Head(const std::string& text) : magic(text.substr(0, 16)), unused(text.substr(36, 56)) {
        std::memcpy(numbers, text.data() + 16, sizeof numbers);
        xml = text.c_str() + kLibvirtHeader;
        if (numbers[4] != 0) cookie = text.c_str() + kLibvirtHeader + numbers[4];
    }
    std::string magic;
    std::uint32_t numbers[5] = {};  // version, length, running, compressed, cookie
    std::string unused;
    std::string xml;
    std::string cookie;
};

TEST_F(MemoryStream, FillsTheHeadUpSoThatLibvirtReadsItAsBefore) {
    split(libvirt_head() + qemu_head() + first(blocks(kBlocks)) + last());
    const Head head(read_file(rest_));
    EXPECT_EQ(head.magic, "LibvirtQemudSave");
    EXPECT_EQ(head.numbers[0], 2U);
    EXPECT_EQ(kLibvirtHeader + head.numbers[1], kStateHead);
    EXPECT_EQ(head.numbers[2], 1U);
    EXPECT_EQ(head.numbers[3], 0U);
    EXPECT_EQ(head.unused, std::string(56, '\0'));
    EXPECT_EQ(head.xml.substr(0, kXml.size()), kXml);
    EXPECT_EQ(head.xml.find_first_not_of(' ', kXml.size()), std::string::npos);
    EXPECT_EQ(head.xml.size() + 1, head.numbers[4]);
    EXPECT_EQ(head.cookie, kCookie);
    EXPECT_TRUE(rest_stream().starts_with("QEVM"));
}

TEST_F(MemoryStream, FillsTheHeadOfAnImageWithoutACookie) {
    split(libvirt_head(kXml, "") + qemu_head() + first(blocks(kBlocks)) + last());
    const Head head(read_file(rest_));
    EXPECT_EQ(kLibvirtHeader + head.numbers[1], kStateHead);
    EXPECT_EQ(head.numbers[4], 0U);
    EXPECT_EQ(head.xml.substr(0, kXml.size()), kXml);
    EXPECT_TRUE(rest_stream().starts_with("QEVM"));
}

TEST_F(MemoryStream, LeavesALongerHeadAsItIs) {
    const auto head = libvirt_head(kXml + std::string(kStateHead, ' '));
    split(head + qemu_head() + first(blocks(kBlocks)) + last());
    EXPECT_EQ(read_file(rest_), head + qemu_head() + first(blocks(kBlocksOfRest)) + last());
}

TEST_F(MemoryStream, TakesAStreamWithTheMachinesUuidAndOneWithoutAConfiguration) {
    const auto uuid = be(5, 1) + name("configuration/uuid") + be(1, 4) + "0123456789abcdef";
    split(libvirt_head() + qemu_head(uuid) + first(blocks(kBlocks)) + last());
    EXPECT_EQ(rest_stream(), qemu_head(uuid) + first(blocks(kBlocksOfRest)) + last());
    fs::remove(ram_);
    fs::remove(rest_);
    split(libvirt_head() + "QEVM" + be(3, 4) + first(blocks(kBlocks)) + last());
    EXPECT_EQ(rest_stream(), "QEVM" + be(3, 4) + first(blocks(kBlocksOfRest)) + last());
}

// The parts that QEMU may write, by what it may write into them.
TEST_F(MemoryStream, RefusesPagesOfAnotherSizeAndMemoryThatIsNotInTheStream) {
    const auto part_refused = [&](const std::string& part, const std::string& why) {
        expect_refused(libvirt_head() + qemu_head(part) + first(blocks(kBlocks)) + last(),
                       "at byte " + std::to_string(libvirt_head().size() + qemu_head().size()) + ": " + why);
    };
    part_refused(configuration("target-page-bits", be(14, 4)), "pages of 16384 bytes, where crib knows 4096");
    part_refused(configuration("target-page-bits", be(0xffffffff, 4)), "pages of ");
    part_refused(configuration("capabilities", be(1, 4) + name("x-ignore-shared")),
                 "a stream with 'x-ignore-shared', which crib does not read");
    part_refused(configuration("capabilities", be(2, 4) + name("mapped-ram") + name("x-ignore-shared")),
                 "a stream with 'mapped-ram', which crib does not read");
}

TEST_F(MemoryStream, PassesPartsOnThatChangeNothing) {
    const auto parts = configuration("target-page-bits", be(12, 4)) + configuration("capabilities", be(0, 4)) +
                       configuration("uuid", "0123456789abcdef");
    split(libvirt_head() + qemu_head(parts) + first(blocks(kBlocks)) + last());
    EXPECT_EQ(rest_stream(), qemu_head(parts) + first(blocks(kBlocksOfRest)) + last());
}

// QEMU 10.0 and newer: it sends one before the last of the RAM.
TEST_F(MemoryStream, PassesCommandsOnThatChangeNothing) {
    const auto before = command(1) + command(2, be(7, 4)) + command(3) + command(3, be(4096, 8) + be(4096, 8));
    split(libvirt_head() + qemu_head() + before + first(blocks(kBlocks) + page("pc.ram", 1, page_of('a'))) +
          part(next_page(2, page_of('b'))) + command(11) + last(next_page(3, page_of('c'))) + kDevices);
    EXPECT_EQ(rest_stream(),
              qemu_head() + before + first(blocks(kBlocksOfRest)) + part("") + command(11) + last() + kDevices);
    EXPECT_EQ(ram_page(1) + ram_page(2) + ram_page(3), page_of('a') + page_of('b') + page_of('c'));
}

TEST_F(MemoryStream, RefusesCommandsThatChangeWhatFollowsOrThatItDoesNotKnow) {
    const auto begun = libvirt_head() + qemu_head() + first(blocks(kBlocks));
    const auto refused = [&](const std::string& command, const std::string& why) {
        expect_refused(begun + command + last(), "at byte " + std::to_string(begun.size()) + ": " + why);
    };
    const std::map<int, std::string> of_moving = {
        {4, "POSTCOPY_LISTEN"}, {5, "POSTCOPY_RUN"},    {6, "POSTCOPY_RAM_DISCARD"}, {7, "PACKAGED"},
        {8, "ENABLE_COLO"},     {9, "POSTCOPY_RESUME"}, {10, "RECV_BITMAP"}};
    for (const auto& [number, name] : of_moving) {
        refused(command(number), "the command " + name + ": this is no machine saved to a file");
    }
    refused(command(0), "a command 0, which crib does not know");
    refused(command(12), "a command 12, which crib does not know");
    refused(command(0xffff, std::string(0xffff, 'x')), "a command 65535, which crib does not know");
    refused(command(11, "x"), "a command SWITCHOVER_START with 1 bytes");
    refused(command(2), "a command PING with 0 bytes");
    refused(command(3, "12345678"), "a command POSTCOPY_ADVISE with 8 bytes");
    refused(command(3, be(4096 | (2U << 20U), 8) + be(4096, 8)), "pages of 2101248 bytes, where crib knows 4096");
    refused(command(3, be(4096, 8) + be(16384, 8)), "pages of 16384 bytes, where crib knows 4096");
}

// Machines of QEMU 2.3 and older: "pc-i440fx-2.3".
TEST_F(MemoryStream, TakesAStreamWhoseSectionsHaveNoFooters) {
    const auto without = [](std::string text) {
        for (auto at = text.find(footer()); at != std::string::npos; at = text.find(footer())) {
            text.erase(at, footer().size());
        }
        return text;
    };
    split(libvirt_head() + qemu_head() +
          without(first(blocks(kBlocks)) + part(page("pc.ram", 1, page_of('a'))) + command(11) + last()) + kDevices);
    EXPECT_EQ(ram_page(1), page_of('a'));
    EXPECT_EQ(rest_stream(),
              qemu_head() + without(first(blocks(kBlocksOfRest)) + part("") + command(11) + last()) + kDevices);
    // All of them or none.
    expect_refused_anew(libvirt_head() + qemu_head() + first(blocks(kBlocks)) + without(last()) + kDevices,
                        "the section does not end here");
}

// Longer than what is read at once, so that records lie across the pieces; and long enough to be given back.
TEST_F(MemoryStream, SplitsALongImageAndGivesItsRoomBackOnTheWay) {
    const std::uint64_t pages = (80U << 20U) / kPageBytes;
    std::string ram;
    std::string records;
    std::string vram;
    for (std::uint64_t i = 0; i < pages; ++i) {
        std::string content = page_of(static_cast<char>('a' + i % 20));
        content.replace(i % 4000, 8, be(i, 8));
        ram += content;
        records += i % 5 == 0 ? page("pc.ram", i, content) : next_page(i, content);
        if (i % 1000 != 999) continue;
        const auto other = page("vga.vram", i / 1000, content);
        records += other + page("pc.ram", i, content);
        vram += other;
    }
    const std::string devices(9U << 20U, 'd');
    const Blocks both = {{"pc.ram", ram.size()}, {"vga.vram", 64 * kPageBytes}};
    split(libvirt_head() + qemu_head() + first(blocks(both)) + part(records) + last() + devices);
    EXPECT_TRUE(read_file(ram_) == ram);
    EXPECT_TRUE(rest_stream() ==
                qemu_head() + first(blocks({{kRamBlock, ram.size()}, both[1]})) + part(vram) + last() + devices);
    struct stat status {};
    ASSERT_EQ(::stat(image_.c_str(), &status), 0);
    EXPECT_LT(status.st_blocks * 512, status.st_size - (60 << 20));
}

TEST_F(MemoryStream, MakesFilesForTheOwnerAlone) {
    split(libvirt_head() + qemu_head() + first(blocks(kBlocks)) + last());
    for (const auto& file : {ram_, rest_}) {
        EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    }
}

TEST_F(MemoryStream, LeavesAFileAloneThatIsThereAlready) {
    const auto image = libvirt_head() + qemu_head() + first(blocks(kBlocks)) + last();
    write_file(rest_, "another's");
    EXPECT_THROW(split(image), Error);
    EXPECT_EQ(read_file(rest_), "another's");
    EXPECT_FALSE(fs::exists(ram_));
}

TEST_F(MemoryStream, RefusesAnImageThatEndsBeforeItsRamDoes) {
    const auto image = libvirt_head() + qemu_head() +
                       first(blocks(kBlocks) + page("pc.ram", 0, page_of('a')) + next_zeros(1)) +
                       last(zeros("vga.vram", 0));
    write_file(image_, image);
    for (std::size_t length = image.size(); length-- > 0;) {
        fs::resize_file(image_, length);
        expect_image_refused("at byte " + std::to_string(length) + ": the image ends too early");
        if (HasFailure()) FAIL() << "of " << length << " bytes";
    }
}

TEST_F(MemoryStream, RefusesWhatLibvirtDoesNotWrite) {
    const auto stream = qemu_head() + first(blocks(kBlocks)) + last();
    expect_refused(libvirt_head(kXml, kCookie, {.magic = "LibvirtQemudPart"}) + stream,
                   "at byte 0: this is not the image of a saved machine");
    expect_refused(libvirt_head(kXml, kCookie, {.version = 3}) + stream, "at byte 16: a libvirt image of version 3");
    expect_refused(libvirt_head(kXml, kCookie, {.format = 1}) + stream,
                   "at byte 28: an image of the format \"gzip\", where crib reads \"raw\"");
    expect_refused(libvirt_head(kXml, kCookie, {.format = 6}) + stream,
                   "at byte 28: an image of the format \"sparse\", where crib reads \"raw\"");
    expect_refused(libvirt_head(kXml, kCookie, {.format = 7}) + stream, "at byte 28: an image of the format number 7");
    auto head = libvirt_head();
    head.replace(32, 4, "\xff\xff\xff\x7f");
    expect_refused(head + stream, "at byte 32: a cookie at 2147483647, behind the");
    head = libvirt_head(kXml, "");
    head.replace(kLibvirtHeader, std::string::npos, head.size() - kLibvirtHeader, 'x');
    expect_refused(head + stream, "at byte 92: an XML that does not end");
    head.replace(20, 4, "\xff\xff\xff\x7f");
    expect_refused(head + stream, "at byte 92: something of 2147483647 bytes");
}

TEST_F(MemoryStream, RefusesAStreamThatItDoesNotKnow) {
    const auto head = libvirt_head();
    const auto refused = [&](const std::string& stream, std::size_t at, const std::string& why) {
        expect_refused(head + stream, "at byte " + std::to_string(head.size() + at) + ": " + why);
    };
    const auto begun = qemu_head() + first(blocks(kBlocks));
    refused("QEVX" + be(3, 4), 0, "no stream of QEMU");
    refused("QEVM" + be(2, 4), 4, "a stream of QEMU of version 2");
    refused(qemu_head(be(5, 1) + name("configuration/numa") + be(1, 4)), qemu_head().size(),
            "a part 'configuration/numa', which crib does not know");
    refused(qemu_head(configuration("uuid", "0123456789abcdef", 2)), qemu_head().size(),
            "a part 'configuration/uuid' of version 2");
    refused(qemu_head() + first("", "block"), qemu_head().size(), "a section of 'block', which crib does not know");
    refused(qemu_head() + first("", "ram", 5), qemu_head().size(), "a section of 'ram' of version 5");
    refused(begun + first(""), begun.size(), "a second section of 'ram'");
    refused(qemu_head() + last(), qemu_head().size(), "more of section 2, which has not begun");
    refused(begun + be(2, 1) + be(3, 4), begun.size(), "more of section 3, which has not begun");
    refused(begun + be(0, 1), begun.size(), "the stream ends before its RAM does");
    for (const int kind : {0x05, 0x06, 0x07, 0x09, 0x7e, 0xff}) {
        refused(begun + be(static_cast<std::uint64_t>(kind), 1), begun.size(), "a section of the kind 0x");
    }
    refused(begun + kDevices, begun.size(), "a section of 'timer', which crib does not know");
    auto wrong_footer = qemu_head() + first(blocks(kBlocks));
    wrong_footer.back() = 9;
    refused(wrong_footer, wrong_footer.size() - 5, "the section does not end here");
}

TEST_F(MemoryStream, RefusesRecordsOfRamThatItDoesNotKnow) {
    const auto head = libvirt_head() + qemu_head();
    const auto before = first("").size() - 8 - footer().size();  // where the records begin
    const auto refused = [&](const std::string& records, std::size_t at, const std::string& why) {
        expect_refused(head + first(records) + last(),
                       "at byte " + std::to_string(head.size() + before + at) + ": " + why);
    };
    const auto list = blocks(kBlocks);
    const auto unread = [&](std::uint64_t flags, const std::string& meaning) {
        refused(list + be(flags, 8), list.size(),
                "a record of the RAM with the flags " + meaning + ", which crib does not read");
    };
    unread(0x01, "0x1 (a whole memory, as before 2009)");
    unread(0x40, "0x40 (a page as its difference to what was sent before)");
    unread(0x60, "0x60 (a page as its difference to what was sent before)");
    unread(0x80, "0x80 (a transfer by RDMA)");
    unread(0x120, "0x120 (a compressed page)");
    unread(0x200, "0x200 (pages that were sent elsewhere (multifd))");
    unread(0x0a, "0xa");
    unread(0x400, "0x400");
    refused(list + next_zeros(1), list.size(), "a page of no block");
    refused(list + zeros("pc.ram", 16), list.size(), "a page at 65536 of a RAM of 65536 bytes");
    refused(zeros("pc.ram", 0), 0, "a page at 0 of a RAM of 0 bytes");
    refused(list + list, list.size(), "a second list of the blocks of RAM");
    refused(blocks({{"vga.vram", kPageBytes}}), 0, "no block 'pc.ram'");
    refused(blocks({{"pc.ram", kPageBytes}, {"crib.ram", kPageBytes}}), 8 + 7 + 8,
            "a second block of the machine's RAM");
    refused(be(kPageBytes | 0x04U, 8) + name("rom") + be(2 * kPageBytes, 8), 8, "a block 'rom' of 8192 bytes of 4096");
}

TEST_F(MemoryStream, RefusesAStreamWithoutAnyRam) {
    expect_refused(libvirt_head() + qemu_head() + first("") + last() + kDevices, "no block 'pc.ram' has been sent");
}

TEST_F(MemoryStream, EndsWhenItIsToldTo) {
    const auto image = libvirt_head() + qemu_head() + first(blocks(kBlocks)) + last();
    std::stop_source stop;
    stop.request_stop();
    try {
        split(image, Context::with_clock(clock_).with_stop(stop.get_token()));
        ADD_FAILURE() << "went on";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::cancelled);
    }
    expect_nothing_left();
}

TEST_F(MemoryStream, SaysThatThereIsNoImage) {
    try {
        split_memory(image_, ram_, rest_, Context::with_clock(clock_));
        ADD_FAILURE() << "taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::environment);
        EXPECT_THAT(error.what(), HasSubstr("cannot read " + image_.string()));
    }
    expect_nothing_left();
}

}  // namespace
}  // namespace crib::hypervisor
