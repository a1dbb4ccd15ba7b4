#include "tests/hostile/inputs/made_file.h"

#include "harness/base/file.h"
#include "tests/hostile/inputs/made_text.h"
#include "tests/unit/capsule/archive_maker.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace crib::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void require(bool well, const fs::path& place) {
    if (!well) throw std::runtime_error(fmt::format("cannot make {}: {}", place.string(), std::strerror(errno)));
}

// Not the one of crib, which waits for the disk.
void put(const fs::path& place, const std::string& text) {
    std::ofstream file(place, std::ios::binary);
    file << text;
    require(file.flush().good(), place);
}

void make_socket(const fs::path& place, bool listens) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = place.string();
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error("too long for a socket: " + path);
    path.copy(address.sun_path, path.size());
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    require(fd.valid() && ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, place);
    if (!listens) return;
    require(::listen(fd.get(), 8) == 0, place);
    (void)fd.release();  // until this process ends
}

void make_capsule(const fs::path& place, const Json& described) {
    std::vector<Member> members;
    for (const auto& [path, content] : described.at("capsule").items()) {
        Member member;
        member.path = path;
        if (is_text(content)) {
            member.content = made_text(content);
        } else {
            member.type = content.contains("hard-link") ? Member::Type::hardlink
                          : content.contains("link")    ? Member::Type::symlink
                          : content.contains("device")  ? Member::Type::device
                                                        : Member::Type::folder;
            member.target = content.value("link", content.value("hard-link", ""));
        }
        members.push_back(std::move(member));
    }
    auto manifest = Json::parse(to_json(manifest_of(members)));
    const auto changes = described.value("manifest", Json::object());
    for (const auto& [pointer, value] : changes.items()) {
        manifest[Json::json_pointer(pointer)] = expanded(value);
    }
    members.insert(members.begin(), {"manifest.json", manifest.dump()});
    write_archive(place, members);
    if (described.contains("cut")) fs::resize_file(place, described.at("cut").get<std::uintmax_t>());
}

void make_files(const fs::path& folder, const Json& described) {
    fs::create_directory(folder);
    const auto name = described.at("files").get<std::string>();
    for (unsigned i = 0; i < described.at("times").get<unsigned>(); ++i) {
        put(folder / fmt::format(fmt::runtime(name), i), "");
    }
}

}  // namespace

void make_file(const fs::path& home, const fs::path& place, const std::string& text) {
    const auto described = Json::parse(text);
    fs::create_directories(place.parent_path());
    if (is_text(described)) {
        put(place, made_text(described));
    } else if (described.contains("append")) {
        put(place, read_file(place) + made_text(described.at("append")));
    } else if (described.contains("folder")) {
        fs::create_directories(place);
    } else if (described.contains("fifo")) {
        require(::mkfifo(place.c_str(), 0600) == 0, place);
    } else if (described.contains("socket")) {
        make_socket(place, described.at("socket") == "silent");
    } else if (described.contains("link")) {
        fs::create_symlink(described.at("link").get<std::string>(), place);
    } else if (described.contains("hard-link")) {
        fs::create_hard_link(home / described.at("hard-link").get<std::string>(), place);
    } else if (described.contains("bytes")) {
        put(place, "");
        fs::resize_file(place, described.at("bytes").get<std::uintmax_t>());
    } else if (described.contains("files")) {
        make_files(place, described);
    } else if (described.contains("capsule")) {
        make_capsule(place, described);
    } else {
        throw std::runtime_error("no such kind of a file: " + described.dump());
    }
    if (described.is_object() && described.contains("mode")) {
        fs::permissions(place, fs::perms(std::stoul(described.at("mode").get<std::string>(), nullptr, 8)));
    }
}

void give_to_owner_of(const fs::path& home) {
    struct stat status {};
    require(::stat(home.c_str(), &status) == 0, home);
    if (::geteuid() != 0) return;
    for (const auto& entry : fs::recursive_directory_iterator(home)) {
        require(::lchown(entry.path().c_str(), status.st_uid, status.st_gid) == 0, entry.path());
    }
}

}  // namespace crib::test
