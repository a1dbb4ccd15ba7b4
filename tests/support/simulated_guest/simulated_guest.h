#pragma once
// SimulatedGuest: a node in memory. Commands answer at once as the test scripted them.
//
//   SimulatedGuest worker("worker", "192.168.76.12");
//   worker.when("kubeadm join", {.out = "This node has joined the cluster\n"});
//   worker.when("swapoff", {.end = ssh::Exited{1}, .err = "swapoff: permission denied\n"});

#include "harness/base/error.h"
#include "harness/guest/node.h"

#include <map>
#include <mutex>
#include <optional>

namespace crib::test {

class SimulatedGuest final : public guest::Node {
public:
    struct Reply {
        ssh::Outcome end = ssh::Exited{0};
        std::string out{};
        std::string err{};
        Duration took{};                               // the context's clock is slept for that long
        std::function<void(const ssh::Exec&)> then{};  // what the command changes, e.g. another reply
    };
    using Handler = std::function<std::optional<Reply>(const ssh::Exec&)>;

    SimulatedGuest(std::string name, std::string ip) : name_(std::move(name)), ip_(std::move(ip)) {}

    // A command whose name or script contains `text` is answered so; the latest match wins. Without a
    // match a command succeeds and says nothing.
    void when(const std::string& text, Reply reply);
    void when(const std::string& text, std::vector<Reply> replies);  // one after the other, the last for ever
    void handle(Handler handler);                                    // asked before the texts

    // wait_ready reports these and then takes `took`, or fails with the error.
    void boots(std::vector<std::string> progress, Duration took = {});
    void never_boots(const Error& error);

    // From now on every command ends Disconnected (a node that panicked, a cut cable).
    void break_connection(const std::string& reason);
    void mend_connection();
    void show_on_console(guest::FindingKind kind, const std::string& line);

    // What was done to the node.
    [[nodiscard]] std::vector<ssh::Exec> commands() const;
    [[nodiscard]] bool ran(const std::string& text) const;
    [[nodiscard]] std::map<std::string, std::string> files() const;   // uploaded or put
    void put_file(const std::string& path, const std::string& text);  // for download()

    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] const std::string& ip() const override { return ip_; }
    void wait_ready(const Context& context, const guest::OnProgress& on_progress) override;
    ssh::ExecResult run(const ssh::Exec& exec, const Context& context) override;
    void upload(const std::filesystem::path& local, const std::string& remote, unsigned mode,
                const Context& context) override;
    void upload_text(const std::string& text, const std::string& remote, unsigned mode,
                     const Context& context) override;
    void download(const std::string& remote, const std::filesystem::path& local, const Context& context) override;
    void forget_sessions() override {}
    [[nodiscard]] std::vector<guest::Finding> console_findings() override;

private:
    struct Rule {
        std::string text;
        std::vector<Reply> replies;
        std::size_t next = 0;
    };
    Reply reply_to(const ssh::Exec& exec);

    const std::string name_;
    const std::string ip_;
    mutable std::mutex mutex_;
    std::vector<Rule> rules_;
    Handler handler_;
    std::vector<std::string> boot_progress_;
    Duration boot_took_{};
    std::optional<Error> boot_error_;
    std::optional<std::string> broken_;
    std::vector<guest::Finding> findings_;
    std::vector<ssh::Exec> commands_;
    std::map<std::string, std::string> files_;
};

}  // namespace crib::test
