#include "harness/component/oci_layout.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/sha256.h"
#include "harness/base/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

namespace crib::component {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t copy_bytes = 1U << 20U;
constexpr const char* epoch = "1970-01-01T00:00:00Z";

struct Free {
    void operator()(archive* writer) const { archive_write_free(writer); }
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

// A tar being written; each complaint of libarchive's is an Error(environment) naming the file.
class TarWriter {
public:
    explicit TarWriter(const fs::path& path) : path_(path), writer_(archive_write_new()) {
        require(archive_write_set_format_ustar(writer_.get()));
        require(archive_write_open_filename(writer_.get(), path.c_str()));
    }
    void close() { require(archive_write_close(writer_.get())); }

    void add_folder(const std::string& path) { header(path, AE_IFDIR, 0755, 0, {}); }
    void add_link(const std::string& path, const std::string& target) { header(path, AE_IFLNK, 0777, 0, target); }
    void add_file(const LayerFile& file) {
        auto left = fs::file_size(file.content);
        header(file.to, AE_IFREG, file.mode, static_cast<std::int64_t>(left), {});
        std::ifstream in(file.content, std::ios::binary);
        std::vector<char> buffer(copy_bytes);
        while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0) {
            if (static_cast<std::uintmax_t>(in.gcount()) > left) {  // it need not end
                throw Error(ErrorKind::environment, fmt::format("{} grew while it was read", file.content.string()));
            }
            left -= static_cast<std::uintmax_t>(in.gcount());
            if (archive_write_data(writer_.get(), buffer.data(), static_cast<std::size_t>(in.gcount())) < 0) {
                require(ARCHIVE_FATAL);
            }
        }
        if (in.bad()) throw Error(ErrorKind::environment, fmt::format("cannot read {}", file.content.string()));
    }

private:
    void header(const std::string& path, unsigned type, unsigned mode, std::int64_t size, const std::string& target) {
        const std::unique_ptr<archive_entry, Free> entry(archive_entry_new());
        archive_entry_set_pathname(entry.get(), path.substr(path.starts_with('/') ? 1 : 0).c_str());
        archive_entry_set_filetype(entry.get(), type);
        archive_entry_set_perm(entry.get(), static_cast<mode_t>(mode));
        archive_entry_set_size(entry.get(), size);
        archive_entry_set_mtime(entry.get(), 0, 0);
        if (!target.empty()) archive_entry_set_symlink(entry.get(), target.c_str());
        require(archive_write_header(writer_.get(), entry.get()));
    }
    void require(int code) {
        if (code >= ARCHIVE_WARN) return;
        throw Error(ErrorKind::environment,
                    fmt::format("cannot write {}: {}", path_.string(), archive_error_string(writer_.get())),
                    "is the disk full?");
    }

    fs::path path_;
    std::unique_ptr<archive, Free> writer_;
};

void add_parents(TarWriter& tar, const std::string& path, std::set<std::string>& known) {
    for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
        if (known.insert(path.substr(0, at)).second) tar.add_folder(path.substr(0, at));
    }
}

struct Blob {
    std::string digest;
    std::uint64_t size = 0;
};

class Layout {
public:
    explicit Layout(fs::path folder) : folder_(std::move(folder)) { make_folder(folder_ / "blobs" / "sha256"); }

    Blob add_text(const std::string& text) {
        const std::string hex = sha256_hex(text);
        write_file(folder_ / "blobs" / "sha256" / hex, text);
        return {"sha256:" + hex, text.size()};
    }
    Blob add_layer(const Layer& layer) {
        const std::string hex = layer.sha256.empty() ? sha256_file(layer.tar) : layer.sha256;
        const fs::path blob = folder_ / "blobs" / "sha256" / hex;
        const std::uint64_t size = fs::file_size(layer.tar);
        std::error_code failed;
        if (layer.shared) {
            fs::create_hard_link(layer.tar, blob, failed);
            if (failed) fs::copy_file(layer.tar, blob, fs::copy_options::overwrite_existing);
        } else {
            fs::rename(layer.tar, blob);
        }
        return {"sha256:" + hex, size};
    }
    void write(const std::string& name, const json& document) { write_file(folder_ / name, document.dump()); }

private:
    fs::path folder_;
};

json config_of(const ImageSpec& spec, const std::vector<Blob>& layers) {
    json config = json::object();
    if (!spec.env.empty()) config["Env"] = spec.env;
    if (!spec.entrypoint.empty()) config["Entrypoint"] = spec.entrypoint;
    if (!spec.cmd.empty()) config["Cmd"] = spec.cmd;
    if (!spec.user.empty()) config["User"] = spec.user;
    if (!spec.stop_signal.empty()) config["StopSignal"] = spec.stop_signal;
    for (const std::string& port : spec.ports) config["ExposedPorts"][port] = json::object();
    json ids = json::array();
    for (const Blob& layer : layers) ids.push_back(layer.digest);
    return {{"architecture", architecture()},
            {"os", "linux"},
            {"created", epoch},
            {"config", config},
            {"rootfs", {{"type", "layers"}, {"diff_ids", ids}}}};
}

json descriptor(const std::string& type, const Blob& blob) {
    return {{"mediaType", "application/vnd.oci.image." + type}, {"digest", blob.digest}, {"size", blob.size}};
}

}  // namespace

void write_layer(const fs::path& tar_path, const std::vector<LayerFile>& files, const std::vector<LinkEntry>& links,
                 bool with_folders) {
    TarWriter tar(tar_path);
    std::set<std::string> known;
    for (const LayerFile& file : files) {
        if (with_folders) add_parents(tar, file.to, known);
        tar.add_file(file);
    }
    for (const LinkEntry& link : links) {
        if (with_folders) add_parents(tar, link.to, known);
        tar.add_link(link.to, link.target);
    }
    tar.close();
}

void write_oci_layout(const fs::path& folder, const std::string& reference, const ImageSpec& config,
                      const std::vector<Layer>& layers) {
    Layout layout(folder);
    std::vector<Blob> blobs;
    for (const Layer& layer : layers) blobs.push_back(layout.add_layer(layer));
    const Blob config_blob = layout.add_text(config_of(config, blobs).dump());
    json manifest{{"schemaVersion", 2},
                  {"mediaType", "application/vnd.oci.image.manifest.v1+json"},
                  {"config", descriptor("config.v1+json", config_blob)},
                  {"layers", json::array()}};
    for (const Blob& blob : blobs) manifest["layers"].push_back(descriptor("layer.v1.tar", blob));
    json entry = descriptor("manifest.v1+json", layout.add_text(manifest.dump()));
    entry["annotations"]["org.opencontainers.image.ref.name"] = reference;
    layout.write("index.json", {{"schemaVersion", 2}, {"manifests", json::array({entry})}});
    layout.write("oci-layout", {{"imageLayoutVersion", "1.0.0"}});
}

std::string architecture() {
#if defined(__x86_64__)
    return "amd64";
#elif defined(__aarch64__)
    return "arm64";
#else
#error "name this machine's architecture as Debian and OCI do"
#endif
}

std::string folder_name_of(const std::string& reference) {
    std::string name = reference;
    for (char& letter : name) {
        if (letter == '/' || letter == ':' || letter == '@') letter = '_';
    }
    return name;
}

}  // namespace crib::component
