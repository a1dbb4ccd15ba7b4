#include "harness/base/plain_path.h"

#include <deque>
#include <optional>
#include <system_error>

namespace crib {
namespace fs = std::filesystem;
namespace {

constexpr int kMostLinks = 40;  // as the kernel's own limit

class PlainPath {
public:
    explicit PlainPath(const fs::path& path) : left_(path.begin(), path.end()) {}

    fs::path make() {
        while (!left_.empty()) {
            const auto part = left_.front();
            left_.pop_front();
            if (part.is_absolute()) {
                made_ = part;
            } else if (part == "..") {
                go_up();
            } else if (part != "." && !part.empty()) {
                made_ /= part;
            }
        }
        return made_.empty() ? fs::path(".") : made_;
    }

private:
    void go_up() {
        if (made_.empty() || made_.filename() == "..") {
            made_ /= "..";
        } else if (const auto target = link_to_follow()) {
            left_.push_front("..");
            left_.insert(left_.begin(), target->begin(), target->end());
            made_ = made_.parent_path();
        } else {
            made_ = made_.parent_path();  // of the root: the root
        }
    }

    std::optional<fs::path> link_to_follow() {
        std::error_code problem;
        auto target = fs::read_symlink(made_, problem);
        if (problem || links_ == kMostLinks) return std::nullopt;
        ++links_;
        return target;
    }

    std::deque<fs::path> left_;
    fs::path made_;
    int links_ = 0;
};

}  // namespace

fs::path plain_path(const fs::path& path) {
    if (path.empty()) return path;
    auto made = PlainPath(path).make();
    // "FILE/" is no file.
    if (!path.has_filename() && made.has_filename()) made /= "";
    return made;
}

}  // namespace crib
