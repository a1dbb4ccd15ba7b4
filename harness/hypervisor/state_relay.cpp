#include "harness/hypervisor/state_relay.h"

#include "harness/base/error.h"
#include "harness/base/fifo.h"
#include "harness/base/file.h"
#include "harness/base/file_error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <span>
#include <string_view>
#include <vector>

namespace crib::hypervisor {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWhat = "relaying a machine's state";
constexpr std::size_t kBuffer = 64U << 10U;
constexpr std::chrono::milliseconds kLook{5};

// 0: the writer has closed it. A FIFO that nobody has opened to write yet is waited for.
std::size_t read_some(int fd, std::span<char> to, const Context& context) {
    for (;;) {
        if (!wait_readable(fd, kWhat, context)) continue;
        const auto count = ::read(fd, to.data(), to.size());
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno != EAGAIN && errno != EINTR) throw Error(ErrorKind::environment, kWhat);
    }
}

enum class Readers {
    one,    // the one that is there; without it there is nobody to write to
    change  // the one that is there goes away, and another comes
};

void write_all(int fd, std::string_view data, Readers readers, const Context& context) {
    while (!data.empty()) {
        const auto count = ::write(fd, data.data(), data.size());
        if (count >= 0) {
            data.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            wait_writable(fd, kWhat, context);
        } else if (errno == EPIPE && readers == Readers::change) {
            context.sleep(kLook);
            context.throw_if_done(kWhat);
        } else if (errno != EINTR) {
            throw Error(ErrorKind::process, kWhat);
        }
    }
}

}  // namespace

StateRelay::StateRelay(const fs::path& from, std::size_t head, const Context& context) : path_(from) {
    path_ += ".twice";
    if (::mkfifo(path_.c_str(), 0600) != 0) throw_file_error("make", path_, errno);
    thread_ = std::jthread([this, from, head, context](const std::stop_token& stop) {
        block_sigpipe();
        try {
            relay(from, head, context.with_stop(stop));
        } catch (const std::exception&) {
            // Both ends are closed: who reads and who writes says so, and knows for what it was.
        }
    });
}

StateRelay::~StateRelay() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    ::unlink(path_.c_str());
}

void StateRelay::relay(const fs::path& from, std::size_t head, const Context& context) const {
    const UniqueFd source(::open(from.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!source.valid()) throw_file_error("open", from, errno);
    const auto target = open_fifo_to_write(path_, context);
    // The first reader gets its bytes as they come, and they are kept for the second.
    std::vector<char> buffer(kBuffer);
    std::string first;
    first.reserve(head);
    while (first.size() < head) {
        const auto count =
            read_some(source.get(), std::span(buffer).first(std::min(buffer.size(), head - first.size())), context);
        if (count == 0) return;
        write_all(target.get(), {buffer.data(), count}, Readers::one, context);
        first.append(buffer.data(), count);
    }
    write_all(target.get(), first, Readers::change, context);
    for (;;) {
        const auto count = read_some(source.get(), buffer, context);
        if (count == 0) return;
        write_all(target.get(), {buffer.data(), count}, Readers::one, context);
    }
}

}  // namespace crib::hypervisor
