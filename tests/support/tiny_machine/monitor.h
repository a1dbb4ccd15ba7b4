#pragma once
// Monitor: QEMU's machine protocol (QMP) on a socket of this host.

#include "harness/base/context.h"
#include "harness/base/file.h"

#include <filesystem>
#include <string>

namespace crib::test {

class Monitor {
public:
    // Error(process) when nobody answers.
    Monitor(const std::filesystem::path& socket, const Context& context);

    // What the command returns, as JSON. `arguments` is a JSON object or empty. Error(process) with QEMU's words when
    // it refuses.
    std::string execute(const std::string& command, const std::string& arguments, const Context& context);

private:
    std::string line(const Context& context);
    void write(const std::string& text);

    UniqueFd socket_;
    std::string read_;
};

}  // namespace crib::test
