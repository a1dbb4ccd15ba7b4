#include "harness/capsule/unpack.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/file_error.h"
#include "harness/base/input_file.h"
#include "harness/base/printable.h"
#include "harness/base/sha256_stream.h"
#include "harness/base/size.h"
#include "harness/base/system_error.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <memory>
#include <set>

namespace crib::capsule {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 1U << 20U;
constexpr std::string_view kZstd = "\x28\xb5\x2f\xfd";

[[noreturn]] void refuse(const std::string& why, const std::string& cure = "have it sent again, or exported anew") {
    throw Error(ErrorKind::usage, why, cure);
}

struct Free {
    void operator()(archive* reader) const { archive_read_free(reader); }
};

// A new file that takes what is written to it, below a folder that is ours alone.
class Target {
public:
    explicit Target(const fs::path& path) : path_(path) {
        std::error_code problem;
        fs::create_directories(path.parent_path(), problem);
        fd_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!fd_.valid()) fail();
    }
    void write(std::string_view data) {
        while (!data.empty()) {
            const auto count = ::write(fd_.get(), data.data(), data.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) fail();
            data.remove_prefix(static_cast<std::size_t>(count));
        }
    }

private:
    [[noreturn]] void fail() { throw_file_error("write", path_, errno); }
    fs::path path_;
    UniqueFd fd_;
};

class Reader {
public:
    explicit Reader(const fs::path& file, const Context& context) : context_(context), archive_(archive_read_new()) {
        auto input = try_open_input(file, input_kind::capsule);
        const bool is_absent = input.state == OpenedInput::State::absent;
        if (!input.fd.valid()) refuse((is_absent ? "" : "it ") + input.problem, "name a file of crib export");
        fd_ = std::move(input.fd);
        size_ = input.bytes;
        std::string magic(kZstd.size(), '\0');
        if (::pread(fd_.get(), magic.data(), magic.size(), 0) != static_cast<ssize_t>(magic.size()) || magic != kZstd) {
            refuse("it is not a capsule", "name a file of crib export");
        }
        // Nothing but what crib itself writes: each further format would be one more parser to trust.
        require(archive_read_support_format_tar(archive_.get()));
        require(archive_read_support_filter_zstd(archive_.get()));
        require(archive_read_open_fd(archive_.get(), fd_.get(), kPiece));
    }

    [[nodiscard]] std::uint64_t file_size() const { return size_; }

    // The next member's path; false at the end. It is a plain file.
    bool next() {
        context_.throw_if_done("reading the capsule");
        const int code = archive_read_next_header(archive_.get(), &entry_);
        if (code == ARCHIVE_EOF) return false;
        require(code);
        const char* path = archive_entry_pathname(entry_);
        if (path == nullptr) refuse("a member has no name that could be read");
        path_ = path;
        const auto name = printable(path_);
        if (archive_entry_hardlink(entry_) != nullptr || archive_entry_symlink(entry_) != nullptr) {
            refuse(fmt::format("its member \"{}\" is a link", name));
        }
        if (archive_entry_filetype(entry_) != AE_IFREG)
            refuse(fmt::format("its member \"{}\" is not a plain file", name));
        if (archive_entry_size_is_set(entry_) == 0 || archive_entry_size(entry_) < 0) {
            refuse(fmt::format("its member \"{}\" has no size", name));
        }
        if (archive_entry_sparse_count(entry_) > 0) refuse(fmt::format("its member \"{}\" has holes", name));
        return true;
    }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::uint64_t bytes() const { return static_cast<std::uint64_t>(archive_entry_size(entry_)); }

    // Some of the member's content; empty at its end.
    std::string_view read() {
        context_.throw_if_done("reading the capsule");
        const auto count = archive_read_data(archive_.get(), buffer_.data(), buffer_.size());
        if (count < 0) require(ARCHIVE_FATAL);
        return {buffer_.data(), static_cast<std::size_t>(count)};
    }

private:
    void require(int code) {
        if (code >= ARCHIVE_OK) return;
        const char* why = archive_error_string(archive_.get());
        refuse("it is damaged or cut off: " + printable(why == nullptr ? "" : why));
    }

    const Context& context_;
    UniqueFd fd_;
    std::unique_ptr<archive, Free> archive_;
    archive_entry* entry_ = nullptr;
    std::uint64_t size_ = 0;
    std::string path_;
    std::string buffer_ = std::string(kPiece, '\0');
};

Manifest read_manifest(Reader& reader, const Limits& limits) {
    if (!reader.next() || reader.path() != "manifest.json") {
        refuse("it is not a capsule: it does not begin with manifest.json", "name a file of crib export");
    }
    if (reader.bytes() > limits.manifest) {
        refuse(fmt::format("its manifest has {}, and at most {} are taken", to_string(ByteSize{reader.bytes()}),
                           to_string(ByteSize{limits.manifest})));
    }
    std::string text;
    for (auto piece = reader.read(); !piece.empty(); piece = reader.read()) {
        text += piece;
        if (text.size() > limits.manifest) refuse("its manifest is larger than it says");
    }
    return parse_manifest(text, limits);
}

std::uint64_t sum(const Manifest& manifest, bool everything) {
    std::uint64_t bytes = 0;
    for (const auto& part : manifest.parts) {
        if (everything || part.path.starts_with("run/") || part.path.starts_with("scenario/")) bytes += part.bytes;
    }
    return bytes;
}

void require_room(const fs::path& folder, std::uint64_t bytes) {
    const auto free = free_disk_bytes(folder);
    if (bytes < free) return;
    throw Error(ErrorKind::environment,
                fmt::format("unpacking it takes {}, and {} are free in {}", to_string(ByteSize{bytes}),
                            to_string(ByteSize{free}), folder.string()),
                hint_for(ENOSPC));
}

void take(Reader& reader, const Part& part, Target* target) {
    const auto name = printable(part.path);
    if (reader.bytes() != part.bytes) refuse(fmt::format("its part \"{}\" is not of the size that it says", name));
    Sha256 digest;
    std::uint64_t count = 0;
    for (auto piece = reader.read(); !piece.empty(); piece = reader.read()) {
        count += piece.size();
        if (count > part.bytes) break;
        digest.add(piece);
        if (target != nullptr) target->write(piece);
    }
    if (count != part.bytes) refuse(fmt::format("its part \"{}\" is not of the size that it says", name));
    if (digest.hex() != part.sha256)
        refuse(fmt::format("its part \"{}\" is not what was packed: its digest differs", name));
}

Manifest unpack_all(const fs::path& file, What what, const fs::path& into, const Limits& limits,
                    const Context& context) {
    Reader reader(file, context);
    auto manifest = read_manifest(reader, limits);
    require_ratio(sum(manifest, true), reader.file_size(), limits);
    require_room(into, sum(manifest, what == What::everything));
    std::map<std::string, const Part*> missing;
    for (const auto& part : manifest.parts) missing.emplace(part.path, &part);
    std::set<std::string> seen;
    while (reader.next()) {
        const auto path = reader.path();
        const auto found = missing.find(path);
        if (found == missing.end()) {
            refuse(fmt::format("its member \"{}\" {}", printable(path),
                               seen.contains(path) ? "is there twice" : "is not in its manifest"));
        }
        const bool wanted = what == What::everything || path.starts_with("run/") || path.starts_with("scenario/");
        std::unique_ptr<Target> target;
        if (wanted) target = std::make_unique<Target>(into / path);
        take(reader, *found->second, target.get());
        seen.insert(path);
        missing.erase(found);
    }
    if (!missing.empty()) {
        refuse(fmt::format("it is cut off: its part \"{}\" is missing", printable(missing.begin()->first)));
    }
    return manifest;
}

}  // namespace

Manifest unpack(const fs::path& file, What what, const fs::path& into, const Limits& limits, const Context& context) {
    return with_note("the capsule " + file.string(), [&] { return unpack_all(file, what, into, limits, context); });
}

}  // namespace crib::capsule
