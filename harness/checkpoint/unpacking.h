#pragma once
// Unpacking: a memory image on its way into a file, on a thread of its own. Thread-safe. Internal to checkpoint.

#include "harness/base/context.h"
#include "harness/base/file.h"

#include <condition_variable>
#include <exception>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

namespace crib::checkpoint {

class Unpacking {
public:
    // Fills the file. Its context ends with this object.
    using Work = std::function<void(int file, const Context&)>;

    // The work begins at once.
    Unpacking(UniqueFd file, Clock& clock, Work work);
    ~Unpacking();  // ends the work when it is not done: nobody wants it any more
    Unpacking(const Unpacking&) = delete;
    Unpacking& operator=(const Unpacking&) = delete;

    [[nodiscard]] int fd() const { return file_.get(); }
    // A path to it for every process of this user.
    [[nodiscard]] std::filesystem::path path() const;

    // Until all of it is there. Throws what the work threw, or the context's error.
    void wait(const Context& context);

private:
    void run(const Work& work, const Context& context) noexcept;

    UniqueFd file_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool ended_ = false;
    std::exception_ptr failure_;
    std::jthread thread_;  // last: it uses the others
};

}  // namespace crib::checkpoint
