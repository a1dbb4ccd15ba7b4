#pragma once
// For tests of how the time of reading grows with the size of what is read.

#include <cstddef>
#include <ctime>
#include <string>

namespace crib::test {

// Of the processor alone, by this thread: others on it do not count.
template <class Work>
double cpu_seconds(const Work& work) {
    timespec begin{};
    timespec end{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    work();
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    return static_cast<double>(end.tv_sec - begin.tv_sec) + static_cast<double>(end.tv_nsec - begin.tv_nsec) / 1e9;
}

// {"member-0": 1, ..., "format": 1}
inline std::string object_of_members(std::size_t members) {
    std::string text = "{";
    for (std::size_t i = 0; i < members; ++i) text += "\"member-" + std::to_string(i) + "\": 1, ";
    return text + "\"format\": 1}";
}

}  // namespace crib::test
