#pragma once
// FileLock: one owner at a time, across processes; the kernel releases it when the owner dies.

#include "harness/base/context.h"
#include "harness/base/file.h"

#include <filesystem>
#include <functional>
#include <optional>

namespace crib {

class FileLock {
public:
    // Takes the lock if nobody has it.
    static std::optional<FileLock> try_take(const std::filesystem::path& path);

    // Waits for it. `on_wait` is called once, with who holds it, before the first sleep.
    static FileLock take(const std::filesystem::path& path, const Context& context,
                         const std::function<void(const std::string& holder)>& on_wait = {});

    // Is somebody (another process, or another FileLock of this one) holding it now?
    static bool held(const std::filesystem::path& path);

private:
    explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

}  // namespace crib
