#include "harness/cli/doctor.h"

#include "harness/base/absence.h"
#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/temporary_folder.h"
#include "harness/base/text.h"
#include "harness/checkpoint/store.h"
#include "harness/engine/cache_users.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace crib::cli {
namespace {

using Level = HealthFinding::Level;

// What scenarios/two-node.json takes, as crib plan has it: its nodes, and QEMU for each.
constexpr ByteSize kTwoNodes{ByteSize::mib(2300 + 1800).bytes + 2 * engine::kQemuOverhead.bytes};
constexpr ByteSize kTwoEmulatedNodes{kTwoNodes.bytes + 2 * hypervisor::kTranslationCache.bytes};

bool fits(ByteSize memory, const engine::HostFacts& host) {
    return memory.bytes + engine::kHostReserve.bytes <= host.memory_available.bytes;
}

// Sources, builds, packages, images: measured for Kubernetes 1.36.3 and CRI-O 1.36.3.
constexpr ByteSize kCaches = ByteSize::gib(15);

struct Tool {
    const char* name;
    const char* package;
    const char* use;
};
constexpr std::array<Tool, 15> kTools{{{"qemu-system-x86_64", "qemu-system-x86", "virtual machines"},
                                       {"qemu-img", "qemu-utils", "disks of nodes"},
                                       {"mmdebstrap", "mmdebstrap", "node images"},
                                       {"mke2fs", "e2fsprogs", "file systems of node images"},
                                       {"mkswap", "mount", "swap of nodes"},
                                       {"skopeo", "skopeo", "container images"},
                                       {"dpkg-deb", "dpkg", "packages"},
                                       {"apt-ftparchive", "apt-utils", "the package repository"},
                                       {"gpg", "gnupg", "signing the package repository"},
                                       {"go", "golang-go", "building Kubernetes and CRI-O"},
                                       {"gcc", "gcc", "building CRI-O"},
                                       {"make", "make", "building CRI-O"},
                                       {"unshare", "util-linux", "node images without root"},
                                       {"ssh", "openssh-client", "crib ssh"},
                                       {"pkg-config", "pkgconf", "building CRI-O"}}};

HealthFinding memory(const Patient& patient) {
    const auto text =
        fmt::format("{} available of {}, {} cores; two-node takes {}, emulated {}, and {} stay for the rest",
                    to_string(patient.host.memory_available), to_string(patient.host.memory_total), patient.host.cores,
                    to_string(kTwoNodes), to_string(kTwoEmulatedNodes), to_string(engine::kHostReserve));
    if (!fits(kTwoNodes, patient.host)) {
        return {Level::bad, "memory", text, "end other programs or runs (crib ls), or give the nodes less memory"};
    }
    if (!fits(kTwoEmulatedNodes, patient.host)) {
        return {Level::caution, "memory", text, "without hardware acceleration, end other programs or runs (crib ls)"};
    }
    if (patient.host.cores < 2) return {Level::caution, "memory", text, "use a machine with two cores or more"};
    return {Level::good, "memory", text, {}};
}

HealthFinding disk(const Patient& patient) {
    const auto text = fmt::format("{} free for caches, {} for runs; a first run needs about {}",
                                  to_string(patient.cache_free), to_string(patient.host.disk_free), to_string(kCaches));
    if (patient.cache_free < kCaches) {
        return {Level::caution, "disk", text, "free some space, or move caches and runs with --state DIR"};
    }
    return {Level::good, "disk", text, {}};
}

std::vector<HealthFinding> tools(const Patient& patient) {
    std::vector<HealthFinding> findings;
    for (const auto& tool : kTools) {
        if (patient.has_tool(tool.name)) continue;
        findings.push_back({Level::bad, "tools", fmt::format("{} is missing (for {})", tool.name, tool.use),
                            fmt::format("apt-get install {}", tool.package)});
    }
    if (findings.empty()) findings.push_back({Level::good, "tools", fmt::format("all {} found", kTools.size()), {}});
    return findings;
}

HealthFinding rights(const Patient& patient) {
    if (patient.is_root) {
        if (patient.has_user("libvirt-qemu")) return {Level::good, "rights", "root", {}};
        return {Level::bad, "rights", "libvirt as root wants the user libvirt-qemu, and there is none",
                "apt-get install libvirt-daemon-system"};
    }
    if (!patient.has_tool("newuidmap") || !patient.has_subordinate_ids) {
        return {Level::bad, "rights",
                "an ordinary user without a range of subordinate user ids cannot make node images",
                "apt-get install uidmap; usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER"};
    }
    return {Level::good, "rights", "an ordinary user; no root rights are needed", {}};
}

HealthFinding ports(const Patient& patient) {
    if (patient.loopback_problem.empty()) return {Level::good, "ports", "ports of 127.0.0.1 can be had", {}};
    return {Level::bad, "ports", "no port of 127.0.0.1 can be had: " + patient.loopback_problem,
            "check that the loopback interface is up: ip link set lo up"};
}

HealthFinding temporary_files(const Patient& patient) {
    if (patient.temporary_problem.empty()) return {Level::good, "TMPDIR", "there is a folder for temporary files", {}};
    return {Level::bad, "TMPDIR", patient.temporary_problem, "set TMPDIR to a folder that you may write to"};
}

std::vector<HealthFinding> folders(const Patient& patient) {
    std::vector<HealthFinding> findings;
    if (!patient.cache_problem.empty()) {
        findings.push_back({Level::bad, "folders", "caches cannot be kept: " + patient.cache_problem,
                            "give --state DIR, or set XDG_CACHE_HOME, to a folder that you may write to"});
    }
    if (!patient.runs_problem.empty()) {
        findings.push_back({Level::bad, "folders", "runs cannot be kept: " + patient.runs_problem,
                            "give --state DIR, or set XDG_STATE_HOME, to a folder that you may write to"});
    }
    if (findings.empty()) findings.push_back({Level::good, "folders", "caches and runs can be kept", {}});
    if (!patient.limit_problem.empty()) {
        findings.push_back({Level::bad, "cache limit", patient.limit_problem,
                            "set CRIB_CACHE_LIMIT to an amount like 20GiB, or unset it"});
    }
    return findings;
}

// By making a folder where the wanted one is, or would be made: rights alone do not tell of a read-only file system.
std::string try_to_make_in(std::filesystem::path folder) {
    if (const auto link = find_dangling_link(folder)) return link->words();
    std::error_code none;
    const auto is_absent = [&] {
        return std::filesystem::status(folder, none).type() == std::filesystem::file_type::not_found;
    };
    while (is_absent() && folder != folder.parent_path()) folder = folder.parent_path();
    auto name = (folder / ".crib-doctor-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return fmt::format("{}: {}", folder.string(), std::strerror(errno));
    ::rmdir(name.c_str());
    return {};
}

// What stands in the place of a folder of crib's would be found only by the command that needs that one.
std::string try_to_make_in_each(const std::filesystem::path& folder, const std::vector<const char*>& parts) {
    for (const auto* part : parts) {
        auto problem = try_to_make_in(*part == '\0' ? folder : folder / part);
        if (!problem.empty()) return problem;
    }
    return {};
}

std::string try_cache_limit(const std::filesystem::path& cache) {
    const char* given = std::getenv("CRIB_CACHE_LIMIT");
    if (given == nullptr || *given == '\0') return {};
    try {
        (void)checkpoint::size_limit(given, cache);
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

std::string try_temporary_folder() {
    try {
        const auto folder = temporary_folder();
        if (::access(folder.c_str(), W_OK | X_OK) == 0) return {};
        return fmt::format("{}: {}", folder.string(), std::strerror(errno));
    } catch (const Error& error) {
        return error.what();
    }
}

bool in_path(const std::string& tool) {
    const char* path = std::getenv("PATH");
    // What mkswap and mke2fs live in is not in every user's PATH, but crib looks there as well.
    for (const auto& folder : split(std::string(path == nullptr ? "" : path) + ":/usr/sbin:/sbin", ':')) {
        if (!folder.empty() && ::access((folder + "/" + tool).c_str(), X_OK) == 0) return true;
    }
    return false;
}

std::string try_loopback() {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!fd.valid() || ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        return std::strerror(errno);
    }
    return {};
}

bool subordinate_ids(const char* file) {
    const auto* user = ::getpwuid(::getuid());
    if (user == nullptr) return false;
    const auto by_name = std::string(user->pw_name) + ":";
    const auto by_id = std::to_string(::getuid()) + ":";
    for (const auto& line : split_lines(read_tail(file, 1U << 20U))) {
        if (line.starts_with(by_name) || line.starts_with(by_id)) return true;
    }
    return false;
}

}  // namespace

Patient look_at_this_host(const Folders& folders) {
    Patient patient;
    patient.host = engine::look_at_host(folders.state);
    patient.cache_free = {free_disk_bytes(folders.cache)};
    patient.has_tool = in_path;
    patient.has_user = [](const std::string& user) { return ::getpwnam(user.c_str()) != nullptr; };
    patient.is_root = ::getuid() == 0;
    patient.has_subordinate_ids = subordinate_ids("/etc/subuid") && subordinate_ids("/etc/subgid");
    patient.temporary_problem = try_temporary_folder();
    patient.loopback_problem = try_loopback();
    patient.cache_problem =
        try_to_make_in_each(folders.cache, {"", "checkpoints", "components", "images", "probe", "repositories",
                                            "signing", "temporary", engine::CacheUsers::kFolder});
    patient.runs_problem = try_to_make_in_each(folders.state, {"runs", "matrices", "copies"});
    patient.limit_problem = try_cache_limit(folders.cache);
    return patient;
}

std::vector<HealthFinding> examine(const Patient& patient) {
    std::vector<HealthFinding> findings{memory(patient), disk(patient)};
    for (auto& finding : tools(patient)) findings.push_back(std::move(finding));
    for (auto& finding : folders(patient)) findings.push_back(std::move(finding));
    findings.push_back(rights(patient));
    findings.push_back(temporary_files(patient));
    findings.push_back(ports(patient));
    return findings;
}

}  // namespace crib::cli
