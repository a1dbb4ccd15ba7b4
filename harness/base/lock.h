#pragma once
// FileLock: one owner at a time, or several that share it, across processes; the kernel releases it when they die.

#include "harness/base/context.h"
#include "harness/base/file.h"
#include "harness/base/held_folder.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace crib {

class FileLock {
public:
    // Takes the lock if nobody has it.
    static std::optional<FileLock> try_take(const std::filesystem::path& path);
    static std::optional<FileLock> try_take(const HeldFolder& folder, const std::string& name);

    // Shares the lock with others that share it, if nobody has it alone.
    static std::optional<FileLock> try_share(const std::filesystem::path& path);

    // Waits for it. `on_wait` is called once, with who holds it, before the first sleep.
    static FileLock take(const std::filesystem::path& path, const Context& context,
                         const std::function<void(const std::string& holder)>& on_wait = {});

    // Is somebody (another process, or another FileLock of this one) holding it alone now? Error(environment) when that
    // cannot be found out, as with too many open files.
    static bool held(const std::filesystem::path& path);

    // Alone or shared. Others cannot take it for the instant of the look.
    static bool in_use(const std::filesystem::path& path);

private:
    // `shown` is what people know it as.
    static std::optional<FileLock> try_flock(const std::filesystem::path& path, const std::filesystem::path& shown,
                                             int operation);
    explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

}  // namespace crib
