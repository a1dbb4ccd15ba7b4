#include "harness/hypervisor/memory_stream.h"

#include "harness/base/error.h"
#include "harness/hypervisor/hypervisor.h"
#include "harness/hypervisor/memory_files.h"
#include "harness/hypervisor/memory_stream_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace crib::hypervisor {
namespace {

namespace fs = std::filesystem;

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
    return value;
}

std::string name_of_format(std::uint32_t format) {
    if (format >= kLibvirtFormats.size()) return fmt::format("number {}", format);
    return fmt::format("\"{}\"", kLibvirtFormats.at(format));
}

std::string meaning_of(std::uint64_t flags) {
    const auto known = std::find_if(kOtherRamFlags.begin(), kOtherRamFlags.end(),
                                    [&](const auto& other) { return other.flag == (flags & ~kSameBlock); });
    return known == kOtherRamFlags.end() ? std::string() : fmt::format(" ({})", known->meaning);
}

bool is_machine_ram(std::string_view block) {
    return block == "pc.ram" || block == kRamBlock;
}

class Split {
public:
    Split(const fs::path& image, NewFile& ram, NewFile& rest, const Context& context)
        : path_(image), image_(image), ram_(ram), rest_(rest), context_(context) {}

    void run() {
        libvirt_head();
        qemu_head();
        while (!ram_ended_) section();
        if (ram_.length() == 0) fail(image_.at(), "no block 'pc.ram' has been sent");
        copy_to_the_end();
        ram_.flush();
        rest_.flush();
    }

private:
    [[noreturn]] void fail(std::uint64_t at, const std::string& what) const {
        throw Error(ErrorKind::hypervisor, fmt::format("{}: at byte {}: {}", path_.string(), at, what));
    }

    void refill() {
        context_.throw_if_done("taking apart the memory of " + path_.string());
        ram_.flush();  // its pages lie in the piece
        image_.refill();
    }

    // What it returns stays where it is until the next refill(), and so at least until the next call.
    std::string_view take(std::size_t count) {
        if (count > Image::kPiece) fail(image_.at(), fmt::format("something of {} bytes, which no image has", count));
        if (count > image_.left()) refill();
        if (count > image_.left()) fail(image_.at() + image_.left(), "the image ends too early");
        return image_.next(count);
    }
    std::string_view keep(std::size_t count) {
        const auto bytes = take(count);
        rest_.append(bytes);
        return bytes;
    }
    std::uint64_t keep_number(std::size_t bytes) { return big_endian(keep(bytes)); }
    std::string keep_name() { return std::string(keep(keep_number(1))); }

    void libvirt_head() {
        LibvirtHeader header{};
        std::memcpy(&header, take(sizeof header).data(), sizeof header);
        if (std::string_view(header.magic, sizeof header.magic) != "LibvirtQemudSave") {
            fail(0, "this is not the image of a saved machine");
        }
        if (header.version != kLibvirtVersion) {
            fail(offsetof(LibvirtHeader, version), fmt::format("a libvirt image of version {}", header.version));
        }
        if (header.format != 0) {
            fail(offsetof(LibvirtHeader, format),
                 fmt::format("an image of the format {}, where crib reads \"raw\"", name_of_format(header.format)));
        }
        if (header.cookie_offset > header.data_length) {
            fail(offsetof(LibvirtHeader, cookie_offset),
                 fmt::format("a cookie at {}, behind the {} bytes of data", header.cookie_offset, header.data_length));
        }
        std::string data(take(header.data_length));
        const auto xml_end = data.find('\0');
        if (xml_end >= (header.cookie_offset != 0 ? header.cookie_offset : data.size())) {
            fail(sizeof header, "an XML that does not end");
        }
        fill_up(header, data, xml_end);
        rest_.append({reinterpret_cast<const char*>(&header), sizeof header});
        rest_.append(data);
    }

    // Within the XML, because libvirt takes all before the cookie for it.
    static void fill_up(LibvirtHeader& header, std::string& data, std::size_t xml_end) {
        if (sizeof header + data.size() >= kStateHead) return;
        const auto missing = static_cast<std::uint32_t>(kStateHead - sizeof header - data.size());
        data.insert(xml_end, missing, ' ');
        header.data_length += missing;
        if (header.cookie_offset != 0) header.cookie_offset += missing;
    }

    void qemu_head() {
        const auto at = image_.at();
        if (keep_number(4) != kQemuMagic) fail(at, "no stream of QEMU");
        const auto version = keep_number(4);
        if (version != kQemuVersion) fail(at + 4, fmt::format("a stream of QEMU of version {}", version));
        if (next_byte() != kConfiguration) return;
        keep(1);
        keep(keep_number(4));  // the kind of machine
        while (next_byte() == kSubsection) configuration_part();
    }

    // None says how long it is, so what is not known here ends the reading.
    void configuration_part() {
        const auto at = image_.at();
        keep(1);
        const auto name = keep_name();
        const auto version = keep_number(4);
        if (version != kPartVersion) fail(at, fmt::format("a part '{}' of version {}", name, version));
        if (name == "configuration/uuid") {
            keep(16);
        } else if (name == "configuration/target-page-bits") {
            require_page_size(at, std::uint64_t{1} << std::min<std::uint64_t>(keep_number(4), 63));
        } else if (name == "configuration/capabilities") {
            // QEMU names those alone that change the stream: memory that is not in it, or not in order.
            if (keep_number(4) > 0) fail(at, fmt::format("a stream with '{}', which crib does not read", keep_name()));
        } else {
            fail(at, fmt::format("a part '{}', which crib does not know", name));
        }
    }

    void require_page_size(std::uint64_t at, std::uint64_t bytes) const {
        if (bytes != kPage) fail(at, fmt::format("pages of {} bytes, where crib knows {}", bytes, kPage));
    }

    std::uint64_t next_byte() {
        if (image_.left() == 0) refill();
        if (image_.left() == 0) fail(image_.at(), "the image ends too early");
        return big_endian(image_.peek(1));
    }

    void section() {
        const auto at = image_.at();
        const auto kind = keep_number(1);
        if (kind == kCommand) {
            command(at);
            return;
        }
        if (kind == kEndOfStream) fail(at, "the stream ends before its RAM does");
        if (kind != kStart && kind != kPart && kind != kEnd && kind != kFull) {
            fail(at, fmt::format("a section of the kind {:#04x}, which crib does not know", kind));
        }
        const auto id = keep_number(4);
        if (kind == kStart || kind == kFull) {
            begin_section(at, kind, id);
        } else if (!ram_begun_ || id != ram_id_) {
            fail(at, fmt::format("more of section {}, which has not begun", id));
        }
        ram_records();
        footer();
        ram_ended_ = kind == kEnd;
    }

    // Kept for QEMU, which checks it again. One that changes what follows it belongs to moving a running machine.
    void command(std::uint64_t at) {
        const auto number = keep_number(2);
        const auto payload = std::string(keep(keep_number(2)));
        const auto known =
            std::find_if(kCommands.begin(), kCommands.end(), [&](const auto& one) { return one.number == number; });
        if (known == kCommands.end()) fail(at, fmt::format("a command {}, which crib does not know", number));
        if (!known->changes_nothing) {
            fail(at, fmt::format("the command {}: this is no machine saved to a file", known->name));
        }
        if (known->length != StreamCommand::kAnyLength && payload.size() != static_cast<std::size_t>(known->length)) {
            fail(at, fmt::format("a command {} with {} bytes", known->name, payload.size()));
        }
        // With larger pages than these the list of the blocks would name their sizes.
        if (number != kAdvise || payload.empty()) return;
        if (payload.size() != 16) fail(at, fmt::format("a command {} with {} bytes", known->name, payload.size()));
        require_page_size(at, big_endian(std::string_view(payload).substr(0, 8)));
        require_page_size(at, big_endian(std::string_view(payload).substr(8)));
    }

    // Only 'ram' is sent in parts, and first; how long anything else is, nothing says.
    void begin_section(std::uint64_t at, std::uint64_t kind, std::uint64_t id) {
        const auto name = keep_name();
        if (name != "ram") fail(at, fmt::format("a section of '{}', which crib does not know", name));
        if (kind == kFull || ram_begun_) fail(at, "a second section of 'ram', or one that is not sent in parts");
        keep(4);  // which of several
        const auto version = keep_number(4);
        if (version != kRamVersion) fail(at, fmt::format("a section of 'ram' of version {}", version));
        ram_begun_ = true;
        ram_id_ = id;
    }

    // The kind of machine decides whether all sections have one or none.
    void footer() {
        if (!has_footers_) has_footers_ = next_byte() == kFooter;
        if (!*has_footers_) return;
        const auto at = image_.at();
        if (keep_number(1) != kFooter || keep_number(4) != ram_id_) fail(at, "the section does not end here");
    }

    void ram_records() {
        for (;;) {
            const auto at = image_.at();
            const std::string word(take(8));
            const auto flags = big_endian(word) % kPage;
            const auto address = big_endian(word) - flags;
            const auto kind = flags & ~kSameBlock;
            if (kind == kZero || kind == kWholePage) {
                page(at, word, flags, address);
                continue;
            }
            rest_.append(word);
            if (flags == kEndOfRecords) return;
            if (flags != kMemorySize) {
                fail(at, fmt::format("a record of the RAM with the flags {:#x}{}, which crib does not read", flags,
                                     meaning_of(flags)));
            }
            blocks(at, address);
        }
    }

    // A page says in which block it is, or that it is in the block of the one before. If such a one is kept, so was
    // the one before, as it is of the same block: nothing has to be said anew when pages in between are left out.
    void page(std::uint64_t at, std::string head, std::uint64_t flags, std::uint64_t address) {
        if ((flags & kSameBlock) == 0) {
            head += take(1);
            const auto name = take(big_endian(std::string_view(head).substr(8)));
            head += name;
            in_machine_ram_ = is_machine_ram(name);
            block_known_ = true;
        }
        if (!block_known_) fail(at, "a page of no block");
        const auto content = take((flags & kZero) != 0 ? 1 : kPage);
        if (!in_machine_ram_) {
            rest_.append(head);
            rest_.append(content);
        } else if (address >= ram_.length()) {
            fail(at, fmt::format("a page at {} of a RAM of {} bytes", address, ram_.length()));
        } else if (content.size() == kPage) {
            ram_.add(address, content);
        } else {
            ram_.fill(address, content.front());
        }
    }

    void blocks(std::uint64_t at, std::uint64_t total) {
        if (ram_.length() != 0) fail(at, "a second list of the blocks of RAM");
        while (total > 0) {
            const auto block_at = image_.at();
            std::string name(take(big_endian(take(1))));
            const auto length_bytes = std::string(take(8));
            const auto length = big_endian(length_bytes);
            if (length > total) fail(block_at, fmt::format("a block '{}' of {} bytes of {}", name, length, total));
            total -= length;
            if (is_machine_ram(name)) {
                set_ram_length(block_at, length);
                name = kRamBlock;
            }
            rest_.append(std::string(1, static_cast<char>(name.size())) + name + length_bytes);
        }
        if (ram_.length() == 0) fail(at, "no block 'pc.ram'");
    }

    void set_ram_length(std::uint64_t at, std::uint64_t length) {
        if (ram_.length() != 0) fail(at, "a second block of the machine's RAM");
        if (length == 0 || length % kPage != 0) fail(at, fmt::format("a RAM of {} bytes", length));
        ram_.set_length(length);
    }

    void copy_to_the_end() {
        do {
            rest_.append(image_.next(image_.left()));
            refill();
        } while (image_.left() > 0);
    }

    fs::path path_;
    Image image_;
    RamFile ram_;
    RestFile rest_;
    const Context& context_;

    bool ram_begun_ = false;  // its section
    bool ram_ended_ = false;
    std::uint64_t ram_id_ = 0;
    std::optional<bool> has_footers_;  // unknown until the first section ends
    bool block_known_ = false;         // of the page before
    bool in_machine_ram_ = false;
};

}  // namespace

void split_memory(const fs::path& image, const fs::path& ram, const fs::path& rest, const Context& context) {
    NewFile ram_file(ram);
    NewFile rest_file(rest);
    Split(image, ram_file, rest_file, context).run();
    ram_file.keep();
    rest_file.keep();
}

}  // namespace crib::hypervisor
