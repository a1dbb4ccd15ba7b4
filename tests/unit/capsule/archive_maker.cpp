#include "tests/unit/capsule/archive_maker.h"

#include "harness/base/sha256.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <stdexcept>

namespace crib::test {
namespace {

struct Free {
    void operator()(archive* writer) const { archive_write_free(writer); }
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

void require(archive* writer, int code) {
    if (code < ARCHIVE_WARN) throw std::runtime_error(archive_error_string(writer));
}

unsigned type_of(Member::Type type) {
    switch (type) {
        case Member::Type::symlink:
            return AE_IFLNK;
        case Member::Type::folder:
            return AE_IFDIR;
        case Member::Type::device:
            return AE_IFCHR;
        default:
            return AE_IFREG;
    }
}

}  // namespace

void write_archive(const std::filesystem::path& file, const std::vector<Member>& members) {
    const std::unique_ptr<archive, Free> writer(archive_write_new());
    require(writer.get(), archive_write_set_format_pax_restricted(writer.get()));
    require(writer.get(), archive_write_add_filter_zstd(writer.get()));
    require(writer.get(), archive_write_open_filename(writer.get(), file.c_str()));
    for (const auto& member : members) {
        const std::unique_ptr<archive_entry, Free> entry(archive_entry_new());
        archive_entry_set_pathname(entry.get(), member.path.c_str());
        archive_entry_set_filetype(entry.get(), type_of(member.type));
        archive_entry_set_perm(entry.get(), 0644);
        archive_entry_set_size(entry.get(), static_cast<std::int64_t>(member.content.size()));
        if (member.type == Member::Type::symlink) archive_entry_set_symlink(entry.get(), member.target.c_str());
        if (member.type == Member::Type::hardlink) archive_entry_set_hardlink(entry.get(), member.target.c_str());
        if (member.type == Member::Type::device) archive_entry_set_rdev(entry.get(), 0x101);
        require(writer.get(), archive_write_header(writer.get(), entry.get()));
        if (!member.content.empty()) {
            archive_write_data(writer.get(), member.content.data(), member.content.size());
        }
    }
    require(writer.get(), archive_write_close(writer.get()));
}

capsule::Manifest manifest_of(const std::vector<Member>& members) {
    capsule::Manifest manifest;
    manifest.crib = "0.1.0";
    manifest.created = "2026-11-25T12:00:00Z";
    manifest.run = "two-node-ab12";
    manifest.scenario = "two-node";
    manifest.outcome = "failed";
    for (const auto& one : members) {
        manifest.parts.push_back({one.path, one.content.size(), sha256_hex(one.content)});
    }
    return manifest;
}

void write_capsule(const std::filesystem::path& file, const std::vector<Member>& members,
                   const std::function<void(capsule::Manifest&)>& spoil) {
    auto manifest = manifest_of(members);
    if (spoil) spoil(manifest);
    auto all = members;
    all.insert(all.begin(), {"manifest.json", to_json(manifest)});
    write_archive(file, all);
}

}  // namespace crib::test
