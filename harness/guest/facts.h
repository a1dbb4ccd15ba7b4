#pragma once
// Facts: what a node says about itself.

#include "harness/base/size.h"
#include "harness/guest/node.h"

#include <string>

namespace crib::guest {

struct Facts {
    std::string os_name;       // "Debian GNU/Linux 13 (trixie)"
    std::string os_id;         // "debian"
    std::string os_version;    // "13"
    std::string os_codename;   // "trixie"
    std::string kernel;        // "6.12.57+deb13-amd64"
    std::string architecture;  // "x86_64"
    ByteSize memory;           // as the kernel has it, some MiB less than the machine's
    unsigned cpus = 0;
    std::string boot_id;  // another one after each boot
};

// Error(guest) when the node cannot be asked.
[[nodiscard]] Facts read_facts(Node& node, const Context& context);

// From what the script of read_facts prints.
[[nodiscard]] Facts parse_facts(const std::string& text);

// Sets the node's clock to this machine's: a restored node lives in the past. Error(guest).
void set_clock(Node& node, const Context& context);

}  // namespace crib::guest
