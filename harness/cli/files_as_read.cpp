#include "harness/cli/files_as_read.h"

#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/base/sha256.h"

namespace crib::cli {
namespace {

bool is_still(const std::string& file, const std::string& digest) {
    try {
        return sha256_hex(read_input(file, input_kind::scenario)) == digest;  // no script may be larger
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) throw;
        return false;
    }
}

}  // namespace

bool FilesAsRead::add(const Digests& files) {
    bool are_as_known = true;
    for (const auto& [file, digest] : files) {
        are_as_known = read_.emplace(file, digest).first->second == digest && are_as_known;
    }
    return are_as_known;
}

std::optional<std::string> FilesAsRead::first_changed(const Digests& files) const {
    for (const auto& [file, digest] : files.empty() ? read_ : files) {
        const auto known = read_.find(file);
        if (known != read_.end() && !is_still(file, known->second)) return file;
    }
    return std::nullopt;
}

}  // namespace crib::cli
