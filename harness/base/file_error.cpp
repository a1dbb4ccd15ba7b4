#include "harness/base/file_error.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/size.h"
#include "harness/base/system_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace crib {
namespace fs = std::filesystem;

void throw_file_error(const char* verb, const fs::path& path, int error_number) {
    if (error_number == ENOSPC) {
        throw_disk_full(fmt::format("writing {}", path.filename().string()), containing_folder(path));
    }
    throw Error(ErrorKind::environment,
                fmt::format("cannot {} {}: {}", verb, path.string(), std::strerror(error_number)),
                hint_for(error_number));
}

void throw_disk_full(const std::string& what, const fs::path& folder) {
    throw Error(ErrorKind::environment,
                fmt::format("{}: the disk of {} is full ({} free)", what, folder.string(),
                            to_string(ByteSize{free_disk_bytes(folder)})),
                hint_for(ENOSPC));
}

}  // namespace crib
