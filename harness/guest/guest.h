#pragma once
// Guest: a real node, reached over SSH, its serial console watched while anything waits for it.

#include "harness/guest/node.h"
#include "harness/ssh/target.h"

#include <filesystem>
#include <memory>
#include <string>

namespace crib::guest {

class Guest final : public Node {
public:
    // `target` is how this machine reaches the node's SSH server (a forward on loopback); `console_log` is the
    // file that the hypervisor writes the serial console to.
    Guest(std::string name, std::string ip, ssh::Target target, std::filesystem::path console_log,
          const ssh::Limits& limits = {});
    ~Guest() override;

    [[nodiscard]] const std::string& name() const override;
    [[nodiscard]] const std::string& ip() const override;
    void wait_ready(const Context& context, const OnProgress& on_progress) override;
    ssh::ExecResult run(const ssh::Exec& exec, const Context& context) override;
    void upload(const std::filesystem::path& local, const std::string& remote, unsigned mode,
                const Context& context) override;
    void upload_text(const std::string& text, const std::string& remote, unsigned mode,
                     const Context& context) override;
    void download(const std::string& remote, const std::filesystem::path& local, const Context& context) override;
    [[nodiscard]] std::vector<Finding> console_findings() override;

    [[nodiscard]] const ssh::Target& target() const;

    // Closes the connections that no command uses: after the node was rebooted or restored.
    void forget_sessions() override;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace crib::guest
