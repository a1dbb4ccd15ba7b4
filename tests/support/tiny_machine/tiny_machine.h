#pragma once
// TinyMachine: a QEMU of its own that runs TinyRom, with devices as crib's machines have them, and no libvirt.

#include "harness/base/context.h"
#include "harness/process/runner.h"
#include "tests/support/tiny_machine/monitor.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace crib::test {

struct TinyMachineSpec {
    std::vector<std::string> qemu{"qemu-system-x86_64"};  // the program, or the words that lead to it
    std::vector<std::string> accel{"tcg"};                // and -cpu: {"kvm", "qemu64,-cx16"}
    std::filesystem::path folder;                         // of its files; short, for a socket
    // Of a machine that is loaded: RAM as a file to map, and QEMU's stream with all the rest. Both empty: it boots.
    std::filesystem::path ram;
    std::filesystem::path stream;
};

class TinyMachine {
public:
    static constexpr std::uint64_t kBytes = 16U << 20U;
    // The parts of its memory in which guest addresses are those of the RAM: all but the hole for screen and ROM.
    static constexpr std::uint64_t kLowEnd = 640U << 10U;
    static constexpr std::uint64_t kHighBegin = 1U << 20U;

    // Error(process) with QEMU's words when it does not start.
    TinyMachine(process::Runner& runner, const TinyMachineSpec& spec, const Context& context);
    ~TinyMachine();
    TinyMachine(const TinyMachine&) = delete;
    TinyMachine& operator=(const TinyMachine&) = delete;

    // The last whole line on its serial port; 0 when there is none.
    [[nodiscard]] std::uint64_t last_count() const;
    // All counts, in order.
    [[nodiscard]] std::vector<std::uint64_t> counts() const;
    // Error(timeout) when it does not count beyond `count` in the context's time.
    void wait_until_counted(std::uint64_t beyond, const Context& context);

    void stop(const Context& context);
    void go_on(const Context& context);
    // Its stream, as libvirt has it written behind its own header. The machine has been stopped.
    void save(const std::filesystem::path& stream, const Context& context);
    // Until it stands there as it was saved.
    void wait_until_loaded(const Context& context);
    // The two parts of its memory, one behind the other, as QEMU itself tells them.
    [[nodiscard]] std::string memory(const Context& context);
    [[nodiscard]] std::string version(const Context& context);  // "7.2.22"

private:
    [[nodiscard]] process::Command command(const TinyMachineSpec& spec) const;
    [[nodiscard]] std::string part_of_memory(std::uint64_t from, std::uint64_t to, const Context& context);

    process::Runner& runner_;
    std::filesystem::path folder_;
    std::unique_ptr<Monitor> monitor_;
};

// Of a RAM file, the same two parts.
[[nodiscard]] std::string parts_of_ram(const std::string& ram);

}  // namespace crib::test
