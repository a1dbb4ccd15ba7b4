#include "harness/base/open_files.h"

#include "harness/base/error.h"
#include "harness/base/system_error.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

namespace crib {

void require_open_files(unsigned least, std::string_view who_need) {
    constexpr rlim_t kEnough = 1024;
    rlimit now{};
    if (::getrlimit(RLIMIT_NOFILE, &now) != 0 || now.rlim_cur >= least) return;
    rlimit more = now;
    more.rlim_cur = std::min(now.rlim_max, std::max<rlim_t>(kEnough, least));
    if (more.rlim_cur >= least && ::setrlimit(RLIMIT_NOFILE, &more) == 0) return;
    const auto hint =
        least > kEnough ? fmt::format("raise the limit of open files: ulimit -n {}", least) : hint_for(EMFILE);
    throw Error(ErrorKind::environment,
                fmt::format("only {} files may be open at once, {} {}", now.rlim_cur, who_need, least), hint);
}

}  // namespace crib
