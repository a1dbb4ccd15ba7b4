#include "harness/capsule/pack.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/input_file.h"
#include "harness/base/sha256.h"
#include "harness/base/sha256_stream.h"
#include "harness/base/size.h"
#include "harness/base/system_error.h"
#include "harness/capsule/partial_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <numeric>
#include <utility>

namespace crib::capsule {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 1U << 20U;

struct Free {
    void operator()(archive* writer) const { archive_write_free(writer); }
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

// The first `bytes` of a file, piece by piece. Returns how many there are, fewer when it is shorter.
std::uint64_t read_pieces(const fs::path& file, std::uint64_t bytes, const Context& context,
                          const std::function<void(std::string_view)>& take) {
    const auto fd = open_regular(file);
    std::string buffer(kPiece, '\0');
    std::uint64_t done = 0;
    while (done < bytes) {
        context.throw_if_done("packing " + file.filename().string());
        const auto count = ::read(fd.get(), buffer.data(), std::min<std::uint64_t>(bytes - done, buffer.size()));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            throw Error(ErrorKind::environment, fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)),
                        hint_for(errno));
        }
        if (count == 0) break;
        take({buffer.data(), static_cast<std::size_t>(count)});
        done += static_cast<std::uint64_t>(count);
    }
    return done;
}

[[noreturn]] void fail_as_changed(const fs::path& file) {
    throw Error(ErrorKind::environment, file.string() + " changed while it was packed",
                "try again when nothing writes to it any more; nothing was written");
}

// The same whether it was there before or was made while the capsule was packed.
[[noreturn]] void refuse_existing(const fs::path& file) {
    throw Error(ErrorKind::usage, file.string() + " is there already", "give another name, or remove it");
}

// The archive, which has its name only once it is finished.
class Writer {
public:
    Writer(const fs::path& to, bool secret) : to_(to), archive_(archive_write_new()) {
        open(secret ? 0600 : 0644);
        // It has names as the bytes that they are, whatever the locale; pax has a header for that, which GNU tar warns
        // of.
        require(archive_write_set_format_gnutar(archive_.get()));
        require(archive_write_add_filter_zstd(archive_.get()));
        require(archive_write_set_filter_option(archive_.get(), "zstd", "compression-level", "3"));
        require(archive_write_open_fd(archive_.get(), fd_.get()));
    }
    ~Writer() {
        archive_.reset();
        if (!partial_.empty()) remove_all_quietly(partial_);
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void begin(const std::string& path, std::uint64_t bytes) {
        const std::unique_ptr<archive_entry, Free> entry(archive_entry_new());
        archive_entry_set_pathname(entry.get(), path.c_str());
        archive_entry_set_filetype(entry.get(), AE_IFREG);
        archive_entry_set_perm(entry.get(), 0600);
        archive_entry_set_size(entry.get(), static_cast<std::int64_t>(bytes));
        archive_entry_set_mtime(entry.get(), 0, 0);
        require(archive_write_header(archive_.get(), entry.get()));
    }
    void add(std::string_view data) {
        if (archive_write_data(archive_.get(), data.data(), data.size()) < 0) require(ARCHIVE_FATAL);
    }
    // How large it became.
    std::uint64_t finish() {
        require(archive_write_close(archive_.get()));
        struct stat status {};
        if (::fsync(fd_.get()) != 0 || ::fstat(fd_.get(), &status) != 0) fail(errno, std::strerror(errno));
        return static_cast<std::uint64_t>(status.st_size);
    }
    void put_in_place() {
        // A link, not a renaming: never over a file that somebody made meanwhile.
        const auto from = partial_.empty() ? fmt::format("/proc/self/fd/{}", fd_.get()) : partial_.string();
        if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to_.c_str(), AT_SYMLINK_FOLLOW) == 0) return;
        if (errno == EEXIST) refuse_existing(to_);
        fail(errno, std::strerror(errno));
    }

private:
    // Without a name, so that nothing is left of it when crib is killed; beside its place where the file system knows
    // no such files, and then the next one for this place removes what was left.
    void open(unsigned mode) {
        const auto folder = containing_folder(to_);
        fd_.reset(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode));
        if (fd_.valid()) return;
        auto beside = make_partial_file(to_, mode);
        if (!beside.fd.valid()) {
            throw Error(ErrorKind::environment, fmt::format("cannot write {}: {}", to_.string(), std::strerror(errno)),
                        is_of_the_machine(errno) ? hint_for(errno)
                                                 : "name a file in a folder that is there and that you may write to");
        }
        partial_ = std::move(beside.path);
        fd_ = std::move(beside.fd);
    }
    void require(int code) {
        if (code < ARCHIVE_WARN) fail(archive_errno(archive_.get()), archive_error_string(archive_.get()));
    }
    [[noreturn]] void fail(int error_number, const char* why) {
        auto hint = hint_for(error_number);
        if (error_number == ENOSPC) {
            const auto free = free_disk_bytes(absolute_path(to_).parent_path());
            hint = fmt::format("{} are free there: make room, or name a file elsewhere", to_string(ByteSize{free}));
        }
        throw Error(ErrorKind::environment, fmt::format("cannot write {}: {}", to_.string(), why == nullptr ? "" : why),
                    hint);
    }

    fs::path to_;
    fs::path partial_;  // empty: it has no name
    UniqueFd fd_;
    std::unique_ptr<archive, Free> archive_;
};

void add_file(Writer& writer, const Source& source, const Part& part, const Context& context) {
    Sha256 digest;
    const auto bytes = read_pieces(source.file, part.bytes, context, [&](std::string_view piece) {
        digest.add(piece);
        writer.add(piece);
    });
    if (bytes != part.bytes || digest.hex() != part.sha256) fail_as_changed(source.file);
}

// One that was looked at before may have become shorter since: it is packed as it is now.
Part part_of(const Source& source, const Context& context) {
    if (source.file.empty()) return {source.path, source.text.size(), sha256_hex(source.text)};
    if (!source.bytes) {
        const std::uint64_t bytes = fs::file_size(source.file);
        return {source.path, bytes, digest_of(source.file, bytes, context)};
    }
    Sha256 digest;
    const auto bytes =
        read_pieces(source.file, *source.bytes, context, [&](std::string_view piece) { digest.add(piece); });
    return {source.path, bytes, digest.hex()};
}

// What this crib would refuse to open is not made.
template <class Check>
void require_openable(const fs::path& to, Check&& check) {
    try {
        check();
    } catch (const Error& error) {
        throw Error(ErrorKind::usage,
                    fmt::format("{} cannot be packed: crib open would refuse it: {}", to.string(), error.what()),
                    "nothing was written");
    }
}

}  // namespace

void require_new(const fs::path& file) {
    std::error_code none;
    if (fs::exists(fs::symlink_status(file, none))) refuse_existing(file);
}

std::string digest_of(const fs::path& file, std::uint64_t bytes, const Context& context) {
    Sha256 digest;
    const auto there = read_pieces(file, bytes, context, [&](std::string_view piece) { digest.add(piece); });
    if (there != bytes) fail_as_changed(file);
    return digest.hex();
}

std::uint64_t pack(Manifest& manifest, const std::vector<Source>& sources, const fs::path& to, const Context& context) {
    require_new(to);
    remove_abandoned_files(to);
    Writer writer(to, manifest.with_state);  // before the long work: a bad path is told at once
    manifest.parts.clear();
    for (const auto& source : sources) manifest.parts.push_back(part_of(source, context));
    const auto text = to_json(manifest);
    require_openable(to, [&] { (void)parse_manifest(text, {}); });
    writer.begin("manifest.json", text.size());
    writer.add(text);
    for (std::size_t i = 0; i < sources.size(); ++i) {
        writer.begin(sources[i].path, manifest.parts[i].bytes);
        if (sources[i].file.empty()) {
            writer.add(sources[i].text);
        } else {
            add_file(writer, sources[i], manifest.parts[i], context);
        }
    }
    const auto bytes = writer.finish();
    const auto content = std::accumulate(manifest.parts.begin(), manifest.parts.end(), std::uint64_t{0},
                                         [](std::uint64_t sum, const Part& part) { return sum + part.bytes; });
    require_openable(to, [&] { require_ratio(content, bytes, {}); });
    writer.put_in_place();
    return bytes;
}

}  // namespace crib::capsule
