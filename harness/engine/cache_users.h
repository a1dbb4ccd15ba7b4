#pragma once
// CacheUsers: the runs, of whatever state folder, that may use what is in a cache. Each leaves a file there when it
// begins: cache/users/ID-xxxxxxxxxxxxxxxx, with its time and the folder that goes with it. Several state folders may
// share a cache, and none knows the others' runs. The file's own time tells when the run was last seen.

#include "harness/base/clock.h"
#include "harness/base/mark.h"

#include <sys/types.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace crib::engine {

struct CacheUser {
    std::string run;
    WallTime began;                      // whole seconds
    std::filesystem::path while_exists;  // "RUNS/ID/private"
};

class CacheUsers {
public:
    static constexpr const char* kFolder = "users";

    explicit CacheUsers(const std::filesystem::path& cache) : folder_(cache / kFolder) {}

    // Of a run that begins now, whose folder is there already. Files of runs that are proven to be gone are removed.
    // Error(environment).
    void add(const CacheUser& user) const;
    // Of a run that was removed. What cannot be removed is found by survey().
    void forget(const std::string& run, const std::filesystem::path& while_exists) const noexcept;

    // One whose folder is not there, and is not proven to be gone all the same (presence_of()).
    struct Missing {
        std::filesystem::path file;
        CacheUser user;
        WallTime seen;  // the last time
        uid_t owner = 0;
    };
    struct Survey {
        std::vector<CacheUser> users;     // those that are not proven to be gone
        std::vector<Missing> missing;     // those among them
        std::vector<LeftAlone> in_doubt;  // files that cannot be read: their runs may use anything
    };
    // Files of runs that are proven to be gone are removed, and those of runs that are there are given the time, unless
    // this is a look. `going`: folders that are taken for gone by a look.
    [[nodiscard]] Survey survey(Sweep sweep, WallTime now, const std::set<std::filesystem::path>& going = {}) const;

private:
    void count(const HeldFolder& folder, const std::string& file, CacheUser user, uid_t owner, Sweep sweep,
               WallTime now, Survey& survey) const;

    std::filesystem::path folder_;
};

}  // namespace crib::engine
