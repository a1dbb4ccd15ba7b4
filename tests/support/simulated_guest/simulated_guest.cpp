#include "tests/support/simulated_guest/simulated_guest.h"

#include "harness/base/file.h"
#include "harness/base/text.h"

#include <algorithm>
#include <condition_variable>

namespace crib::test {
namespace {

bool mentions(const ssh::Exec& exec, const std::string& text) {
    return exec.name.find(text) != std::string::npos || exec.script.find(text) != std::string::npos;
}

void send_lines(const std::string& text, const std::function<void(std::string_view)>& sink) {
    if (!sink) return;
    for (const auto& line : split_lines(text)) sink(line);
}

}  // namespace

void SimulatedGuest::when(const std::string& text, Reply reply) {
    when(text, std::vector<Reply>{std::move(reply)});
}

void SimulatedGuest::when(const std::string& text, std::vector<Reply> replies) {
    const std::scoped_lock lock(mutex_);
    rules_.push_back({text, std::move(replies), 0});
}

void SimulatedGuest::handle(Handler handler) {
    const std::scoped_lock lock(mutex_);
    handler_ = std::move(handler);
}

void SimulatedGuest::boots(std::vector<std::string> progress, Duration took) {
    const std::scoped_lock lock(mutex_);
    boot_progress_ = std::move(progress);
    boot_took_ = took;
}

void SimulatedGuest::never_boots(const Error& error) {
    const std::scoped_lock lock(mutex_);
    boot_error_ = error;
}

void SimulatedGuest::break_connection(const std::string& reason) {
    const std::scoped_lock lock(mutex_);
    broken_ = reason;
}

void SimulatedGuest::mend_connection() {
    const std::scoped_lock lock(mutex_);
    broken_.reset();
}

void SimulatedGuest::show_on_console(guest::FindingKind kind, const std::string& line) {
    const std::scoped_lock lock(mutex_);
    findings_.push_back({kind, line});
}

std::vector<ssh::Exec> SimulatedGuest::commands() const {
    const std::scoped_lock lock(mutex_);
    return commands_;
}

bool SimulatedGuest::ran(const std::string& text) const {
    const std::scoped_lock lock(mutex_);
    return std::any_of(commands_.begin(), commands_.end(), [&](const auto& exec) { return mentions(exec, text); });
}

std::map<std::string, std::string> SimulatedGuest::files() const {
    const std::scoped_lock lock(mutex_);
    return files_;
}

void SimulatedGuest::put_file(const std::string& path, const std::string& text) {
    const std::scoped_lock lock(mutex_);
    files_[path] = text;
}

void SimulatedGuest::wait_ready(const Context& context, const guest::OnProgress& on_progress) {
    std::unique_lock lock(mutex_);
    const auto progress = boot_progress_;
    const auto took = boot_took_;
    const auto error = boot_error_;
    lock.unlock();
    for (const auto& line : progress) {
        if (on_progress) on_progress(line);
    }
    if (took > Duration::zero()) context.sleep(took);
    context.throw_if_done("waiting for " + name_);
    if (error) throw Error(*error);
    if (on_progress) on_progress("SSH answers");
}

SimulatedGuest::Reply SimulatedGuest::reply_to(const ssh::Exec& exec) {
    std::unique_lock lock(mutex_);
    if (broken_) {
        Reply lost;
        lost.end = ssh::Disconnected{*broken_, false};
        return lost;
    }
    commands_.push_back(exec);
    if (handler_) {
        const auto handler = handler_;
        lock.unlock();
        if (auto reply = handler(exec)) return *reply;
        lock.lock();
    }
    const auto rule =
        std::find_if(rules_.rbegin(), rules_.rend(), [&](const Rule& r) { return mentions(exec, r.text); });
    if (rule == rules_.rend() || rule->replies.empty()) return {};
    const auto reply = rule->replies[rule->next];
    if (rule->next + 1 < rule->replies.size()) ++rule->next;
    return reply;
}

namespace {

void wait_for_stop(const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any nobody_notifies;
    nobody_notifies.wait(lock, stop, [] { return false; });
}

}  // namespace

ssh::ExecResult SimulatedGuest::run(const ssh::Exec& exec, const Context& context) {
    const auto start = context.clock->now();
    auto reply = reply_to(exec);
    if (reply.then) reply.then(exec);
    if (reply.took > Duration::zero()) context.sleep(reply.took);
    // Who is to be cancelled runs until somebody does it, whichever thread that is.
    if (std::holds_alternative<ssh::Cancelled>(reply.end)) wait_for_stop(context.stop);
    if (context.cancelled()) {
        reply.end = ssh::Cancelled{};
    } else if (context.expired()) {
        reply.end = ssh::TimedOut{};
    } else {
        send_lines(reply.out, exec.on_out);
        send_lines(reply.err, exec.on_err);
    }
    return {reply.end, reply.out, reply.err, context.clock->now() - start};
}

void SimulatedGuest::upload(const std::filesystem::path& local, const std::string& remote, unsigned mode,
                            const Context& context) {
    upload_text(read_file(local), remote, mode, context);
}

void SimulatedGuest::upload_text(const std::string& text, const std::string& remote, unsigned /*mode*/,
                                 const Context& context) {
    context.throw_if_done("writing " + remote + " on " + name_);
    const std::scoped_lock lock(mutex_);
    if (broken_) throw Error(ErrorKind::ssh, name_ + ": " + *broken_);
    files_[remote] = text;
}

void SimulatedGuest::download(const std::string& remote, const std::filesystem::path& local, const Context& context) {
    context.throw_if_done("reading " + remote + " on " + name_);
    std::unique_lock lock(mutex_);
    if (broken_) throw Error(ErrorKind::ssh, name_ + ": " + *broken_);
    const auto file = files_.find(remote);
    if (file == files_.end()) throw Error(ErrorKind::ssh, name_ + ": " + remote + ": no such file");
    const auto text = file->second;
    lock.unlock();
    write_file(local, text);
}

std::vector<guest::Finding> SimulatedGuest::console_findings() {
    const std::scoped_lock lock(mutex_);
    return findings_;
}

}  // namespace crib::test
