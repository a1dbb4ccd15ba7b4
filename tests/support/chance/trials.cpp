#include "tests/support/chance/trials.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <typeinfo>

#if defined(__SANITIZE_ADDRESS__)
// Undefined behaviour ends a trial, too: without this it is only told.
extern "C" const char* __ubsan_default_options() {
    return "halt_on_error=1:print_stacktrace=1";
}
#endif

namespace crib::test {
namespace {

using Clock = std::chrono::steady_clock;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsInstrumented = true;
#else
constexpr bool kIsInstrumented = false;
#endif
constexpr unsigned kOneProcess = 500;  // trials
constexpr time_t kProcessorSeconds = kIsInstrumented ? 100 : 10;
constexpr unsigned kSeconds = 180;  // it waits for something
constexpr rlim_t kAddressBytes = rlim_t{2} << 30U;
constexpr long kMostKib = 256L << 10U;

// What the process of some trials and this one both see.
struct Shared {
    unsigned seed;
    bool is_done;
    char problem[32768];
};

class SharedPage {
public:
    SharedPage() : page_(::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
        if (page_ == MAP_FAILED) throw std::runtime_error("no shared memory");
    }
    ~SharedPage() { ::munmap(page_, sizeof(Shared)); }
    SharedPage(const SharedPage&) = delete;
    SharedPage& operator=(const SharedPage&) = delete;
    Shared& operator*() const { return *static_cast<Shared*>(page_); }
    Shared* operator->() const { return static_cast<Shared*>(page_); }

private:
    void* page_;
};

std::optional<unsigned> number_in(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return static_cast<unsigned>(std::stoul(value));
}

std::string tried(const Trial& trial, unsigned seed) {
    try {
        return trial(seed);
    } catch (const std::exception& error) {
        return fmt::format("{}: {}", typeid(error).name(), error.what());
    }
}

void limit_this_process() {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    const rlimit address{kAddressBytes, kAddressBytes};
    if (!kIsInstrumented) ::setrlimit(RLIMIT_AS, &address);
}

void limit_next_trial() {
    const itimerval processor{{0, 0}, {kProcessorSeconds, 0}};
    ::setitimer(ITIMER_PROF, &processor, nullptr);
    ::alarm(kSeconds);
}

// In a process of its own.
[[noreturn]] void try_all(const Trial& trial, unsigned first, unsigned count, Clock::time_point end, Shared& shared) {
    limit_this_process();
    for (unsigned i = 0; i < count && Clock::now() < end; ++i) {
        shared.seed = first + i;
        limit_next_trial();
        const auto problem = tried(trial, shared.seed);
        if (problem.empty()) continue;
        problem.copy(shared.problem, sizeof shared.problem - 1);
        ::_exit(1);
    }
    shared.is_done = true;
    ::_exit(0);
}

std::string how_it_ended(int status) {
    if (!WIFSIGNALED(status)) return fmt::format("ended with {}: see above", WEXITSTATUS(status));
    const int signal = WTERMSIG(status);
    if (signal == SIGPROF) return fmt::format("took more than {} s of a processor", kProcessorSeconds);
    if (signal == SIGALRM) return fmt::format("did not end in {} s", kSeconds);
    return fmt::format("ended by signal {} ({})", signal, ::strsignal(signal));
}

std::string try_apart(const Trial& trial, unsigned first, unsigned count, Clock::time_point end) {
    const SharedPage shared;
    std::memset(&*shared, 0, sizeof(Shared));
    const auto child = ::fork();
    if (child < 0) throw std::runtime_error("no process for the trials");
    if (child == 0) try_all(trial, first, count, end, *shared);
    int status = 0;
    rusage usage{};
    while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    std::string problem = shared->problem;
    if (problem.empty() && !shared->is_done) problem = how_it_ended(status);
    if (problem.empty() && !kIsInstrumented && usage.ru_maxrss > kMostKib) {
        problem = fmt::format("this seed or one of the {} before took {} KiB of memory", count, usage.ru_maxrss);
    }
    return problem.empty() ? problem : fmt::format("CRIB_SEED={}: {}", shared->seed, problem);
}

}  // namespace

std::string problem_of(unsigned usual, const Trial& trial) {
    if (const auto seed = number_in("CRIB_SEED")) return tried(trial, *seed);
    const auto seconds = number_in("CRIB_FUZZ_SECONDS");
    const auto now = Clock::now();
    const auto end = seconds ? now + std::chrono::seconds{*seconds} : Clock::time_point::max();
    auto seed = seconds ? static_cast<unsigned>(now.time_since_epoch().count()) : 0U;
    for (auto left = seconds ? ~0U : usual; left > 0 && Clock::now() < end;) {
        const auto count = std::min(left, kOneProcess);
        const auto problem = try_apart(trial, seed, count, end);
        if (!problem.empty()) return problem;
        seed += count;
        left -= count;
    }
    return {};
}

std::string read_or_refused(std::initializer_list<ErrorKind> kinds, const std::function<void()>& read) {
    try {
        read();
    } catch (const Error& error) {
        const std::string words = error.what();
        if (std::find(kinds.begin(), kinds.end(), error.kind()) == kinds.end()) {
            return fmt::format("an error of the kind {}: {}", to_string(error.kind()), words);
        }
        return words.empty() ? "an error without words" : "";
    }
    return {};
}

std::filesystem::path quick_folder() {
    const std::filesystem::path memory = "/dev/shm";
    return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

void put(const std::filesystem::path& file, const std::string& text) {
    std::ofstream stream(file, std::ios::binary);
    stream << text;
    if (!stream.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace crib::test
