#pragma once
// PollSet: the descriptors of one turn of the switch's loop. Each part of the switch adds its own before poll()
// and asks for their events by the index it was given.

#include <poll.h>

#include <cstddef>
#include <vector>

namespace crib::network {

class PollSet {
public:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    void clear() { fds_.clear(); }
    std::size_t add(int fd, short events) {
        fds_.push_back(pollfd{fd, events, 0});
        return fds_.size() - 1;
    }
    [[nodiscard]] short events(std::size_t index) const { return index < fds_.size() ? fds_[index].revents : short{0}; }
    int wait(int timeout_ms) { return ::poll(fds_.data(), fds_.size(), timeout_ms); }

private:
    std::vector<pollfd> fds_;
};

}  // namespace crib::network
