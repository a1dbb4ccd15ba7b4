#include "harness/image/iso.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <memory>
#include <set>

namespace crib::image {
namespace {

namespace fs = std::filesystem;

struct FreeArchive {
    void operator()(archive* handle) const { archive_write_free(handle); }
};
struct FreeEntry {
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

class Iso {
public:
    Iso(const std::string& label, const fs::path& path) : path_(path), archive_(archive_write_new()) {
        check(archive_write_set_format_iso9660(archive_.get()));
        check(archive_write_set_options(archive_.get(), ("volume-id=" + label).c_str()));
        check(archive_write_open_filename(archive_.get(), path.c_str()));
    }

    void add_folder(const std::string& name) { add(name, AE_IFDIR, 0755, {}); }
    void add_file(const std::string& name, const std::string& content) { add(name, AE_IFREG, 0600, content); }
    void close() { check(archive_write_close(archive_.get())); }

private:
    void add(const std::string& name, unsigned type, unsigned mode, const std::string& content) {
        const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
        archive_entry_set_pathname(entry.get(), name.c_str());
        archive_entry_set_filetype(entry.get(), type);
        archive_entry_set_perm(entry.get(), static_cast<mode_t>(mode));
        archive_entry_set_uid(entry.get(), 0);
        archive_entry_set_gid(entry.get(), 0);
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
        archive_entry_set_mtime(entry.get(), 0, 0);
        check(archive_write_header(archive_.get(), entry.get()));
        if (content.empty()) return;
        const la_ssize_t written = archive_write_data(archive_.get(), content.data(), content.size());
        if (written != static_cast<la_ssize_t>(content.size())) fail();
    }

    void check(int result) {
        if (result != ARCHIVE_OK) fail();
    }

    [[noreturn]] void fail() {
        const char* reason = archive_error_string(archive_.get());
        throw Error(ErrorKind::environment,
                    fmt::format("cannot write {}: {}", path_.string(), reason == nullptr ? "unknown reason" : reason),
                    "is the disk full?");
    }

    fs::path path_;
    std::unique_ptr<archive, FreeArchive> archive_;
};

}  // namespace

void write_iso(const std::string& label, const std::map<std::string, std::string>& files, const fs::path& path) {
    const fs::path partial = path.string() + ".partial";
    try {
        write_file(partial, "", 0600);
        Iso iso(label, partial);
        std::set<std::string> folders;
        for (const auto& [name, unused] : files) {
            const std::string folder = fs::path(name).parent_path();
            if (!folder.empty() && folders.insert(folder).second) iso.add_folder(folder);
        }
        for (const auto& [name, content] : files) iso.add_file(name, content);
        iso.close();
    } catch (...) {
        remove_all_quietly(partial);
        throw;
    }
    fs::rename(partial, path);
}

}  // namespace crib::image
