#pragma once
// Node: a machine of the cluster as the engine, the recipe and the checks see it.
// Guest is the real one (SSH and a serial console); tests use crib::test::SimulatedGuest.

#include "harness/base/context.h"
#include "harness/guest/finding.h"
#include "harness/ssh/exec.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace crib::guest {

// One line for a person: "booting: [    3.1] EXT4-fs (vda): mounted", "SSH answers".
using OnProgress = std::function<void(const std::string& seen)>;

// All methods may be called from several threads at once; commands then run side by side.
class Node {
public:
    virtual ~Node() = default;

    [[nodiscard]] virtual const std::string& name() const = 0;
    [[nodiscard]] virtual const std::string& ip() const = 0;

    // Returns when commands can be run. Error(guest) at once when the console shows that the node cannot
    // come up, Error(ssh) when the wrong host answers, Error(timeout) with what was seen last.
    virtual void wait_ready(const Context& context, const OnProgress& on_progress) = 0;

    // Never runs a command twice: when the connection breaks after the start, the end is Disconnected.
    virtual ssh::ExecResult run(const ssh::Exec& exec, const Context& context) = 0;

    // Written beside the target, then renamed. Folders above it must exist. Error(ssh), Error(timeout).
    virtual void upload(const std::filesystem::path& local, const std::string& remote, unsigned mode,
                        const Context& context) = 0;
    virtual void upload_text(const std::string& text, const std::string& remote, unsigned mode,
                             const Context& context) = 0;
    virtual void download(const std::string& remote, const std::filesystem::path& local, const Context& context) = 0;

    // Closes the sessions that nobody uses: what is saved of the node now is not to wait for them for ever.
    virtual void forget_sessions() = 0;

    // What the serial console has shown so far that a person should know, oldest first.
    [[nodiscard]] virtual std::vector<Finding> console_findings() = 0;
};

}  // namespace crib::guest
