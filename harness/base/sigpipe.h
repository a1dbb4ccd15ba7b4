#pragma once
// A pipe whose reader went away: for threads that write into pipes.

#include <csignal>

namespace crib {

// From now on it is an error of this thread's writes (EPIPE), not the end of the program.
inline void block_sigpipe() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace crib
