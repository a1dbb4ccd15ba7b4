#pragma once
// What the bytes of a saved machine mean, as libvirt and QEMU define them: libvirt's src/qemu/qemu_saveimage.h, QEMU's
// migration/savevm.c and migration/ram.c. Read were the sources of QEMU 7.2, 10.0 and 10.2 and of libvirt 9.0 and 11.3;
// of newer ones, up to QEMU 11.1 and libvirt 12.8, real streams were seen. Internal to hypervisor.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace crib::hypervisor {

// libvirt's virQEMUSaveHeader, in the host's byte order.
struct LibvirtHeader {
    char magic[16];
    std::uint32_t version;
    std::uint32_t data_length;  // the XML with its NUL, the cookie, and room for a longer XML
    std::uint32_t was_running;
    std::uint32_t format;
    std::uint32_t cookie_offset;  // from the XML's beginning; 0: there is none
    std::uint32_t unused[14];
};
static_assert(sizeof(LibvirtHeader) == 92);

inline constexpr std::uint32_t kLibvirtVersion = 2;
// Of what follows the header, by number; the first alone is QEMU's stream as it is. "sparse" (libvirt 11.2) is QEMU's
// mapped-ram (9.0): pages at places of their own in the file. It would be another way beside this one, and hardly
// faster for a snapshot: 2.3 to 3.2 s for a guest of 1 GiB, where the stream took 8.03 s in one round and 2.6 s in
// another; what makes it fast (0.4 to 0.7 s) is multifd, which libvirt 11.3 does not use for snapshots. And the RAM
// would have to be taken out of it all the same.
inline constexpr std::array<std::string_view, 7> kLibvirtFormats{"raw",  "gzip", "bzip2", "xz",
                                                                 "lzop", "zstd", "sparse"};

// QEMU's stream is big-endian.
inline constexpr std::uint64_t kQemuMagic = 0x5145564d;  // "QEVM"
inline constexpr std::uint64_t kQemuVersion = 3;
inline constexpr std::uint64_t kRamVersion = 4;
inline constexpr std::uint64_t kPartVersion = 1;  // of each part of the configuration

enum Section : std::uint64_t {
    kEndOfStream = 0x00,
    kStart = 0x01,
    kPart = 0x02,
    kEnd = 0x03,
    kFull = 0x04,
    kSubsection = 0x05,
    kDescription = 0x06,  // what was written, as JSON, behind the end of the stream
    kConfiguration = 0x07,
    kCommand = 0x08,
    kFooter = 0x7e,  // machines of QEMU 2.3 and older have none
};

// What is said to whoever loads the stream. `length` of its own bytes; kAnyLength when it says so itself.
struct StreamCommand {
    static constexpr int kAnyLength = -1;
    std::uint64_t number;
    std::string_view name;
    int length;
    bool changes_nothing;  // in the bytes that follow
};
inline constexpr std::uint64_t kAdvise = 3;  // the pages' sizes, when some may be sent after the machine has moved
inline constexpr std::array<StreamCommand, 11> kCommands{{
    {1, "OPEN_RETURN_PATH", 0, true},
    {2, "PING", 4, true},
    {kAdvise, "POSTCOPY_ADVISE", StreamCommand::kAnyLength, true},
    {4, "POSTCOPY_LISTEN", 0, false},
    {5, "POSTCOPY_RUN", 0, false},
    {6, "POSTCOPY_RAM_DISCARD", StreamCommand::kAnyLength, false},
    {7, "PACKAGED", 4, false},
    {8, "ENABLE_COLO", 0, false},
    {9, "POSTCOPY_RESUME", 0, false},
    {10, "RECV_BITMAP", StreamCommand::kAnyLength, false},
    {11, "SWITCHOVER_START", 0, true},  // QEMU 10.0 and newer, before the last of the RAM
}};

// In the low bits of what else is a page's address.
enum RamFlag : std::uint64_t {
    kZero = 0x02,
    kMemorySize = 0x04,
    kWholePage = 0x08,
    kEndOfRecords = 0x10,
    kSameBlock = 0x20,
};
struct OtherRamFlag {
    std::uint64_t flag;
    std::string_view meaning;
};
inline constexpr std::array<OtherRamFlag, 5> kOtherRamFlags{{
    {0x01, "a whole memory, as before 2009"},
    {0x40, "a page as its difference to what was sent before"},
    {0x80, "a transfer by RDMA"},
    {0x100, "a compressed page"},
    {0x200, "pages that were sent elsewhere (multifd)"},
}};

}  // namespace crib::hypervisor
