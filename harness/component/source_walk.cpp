#include "harness/component/source_walk.h"

#include "harness/base/error.h"
#include "harness/base/file_error.h"
#include "harness/base/input_file.h"
#include "harness/base/size.h"
#include "harness/base/system_error.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

namespace crib::component {
namespace {

namespace fs = std::filesystem;

constexpr InputKind source_file{"a file of a checkout", UINT64_MAX};

// No source is as large. What is, is a product, an archive or a disk: its times tell of a change as well.
constexpr std::uint64_t largest_read = 64U << 20U;
constexpr std::size_t buffer_size = 1U << 18U;

bool is_product(const std::string& folder) {
    static const std::set<std::string> names{"_output", "bin", ".idea", ".vscode"};
    return names.contains(folder);
}

bool is_source(const fs::path& file) {
    static const std::set<std::string> endings{".go", ".mod", ".sum", ".work", ".s",    ".S",       ".sx",  ".c",
                                               ".cc", ".cpp", ".cxx", ".h",    ".hh",   ".hpp",     ".hxx", ".m",
                                               ".f",  ".F",   ".for", ".f90",  ".swig", ".swigcxx", ".syso"};
    return endings.contains(file.extension().string()) || file.filename() == "modules.txt";
}

std::string times_of(const struct stat& status) {
    return fmt::format("large {} {}.{} {}.{}", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                       status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
}

}  // namespace

SourceWalk::SourceWalk(const Context& context, std::size_t most_entries)
    : context_(context), most_entries_(most_entries), buffer_(buffer_size) {}

void SourceWalk::add(const fs::path& folder) {
    std::error_code failure;
    const fs::path canonical = fs::canonical(folder, failure);
    if (failure) return note("absent", folder.filename().string());
    if (fs::is_directory(canonical, failure))
        add_tree(canonical, false, roots_.empty() ? "" : "the go.mod or go.work of " + roots_.front().folder.string());
}

void SourceWalk::add_tree(const fs::path& canonical, bool only_sources, const std::string& lead) {
    if (is_known(canonical, only_sources)) return;
    latest_[canonical.native()] = roots_.size();
    roots_.push_back({canonical, only_sources, lead});
}

const SourceWalk::Root* SourceWalk::root_at(const fs::path& folder) const {
    const auto found = latest_.find(folder.native());
    return found == latest_.end() ? nullptr : &roots_[found->second];
}

// Is it read, and no less of it, with a tree in which it lies? Of a product's folder that would be its sources alone.
bool SourceWalk::is_known(const fs::path& canonical, bool only_sources) const {
    bool is_in_product = false;
    for (fs::path folder = canonical;; folder = folder.parent_path()) {
        const auto* root = root_at(folder);
        if (root != nullptr && (only_sources || !(root->only_sources || is_in_product))) return true;
        if (folder == folder.parent_path()) return false;
        is_in_product = is_product(folder.filename().string());
    }
}

bool SourceWalk::is_read_by_itself(const fs::path& folder) const {
    const auto* root = root_at(folder);
    return root != nullptr && !root->only_sources;
}

std::string SourceWalk::finish() {
    for (; walked_ < roots_.size(); ++walked_) {
        const Root root = roots_[walked_];  // a copy: a link may add to them
        lead_ = root.lead;
        note("tree", std::to_string(walked_));
        walk(root.folder, "", root.only_sources);
    }
    return digest_.hex();
}

void SourceWalk::walk(const fs::path& folder, const std::string& name, bool only_sources) {
    context_.throw_if_done("reading the checkout");
    for (const fs::path& path : entries_of(folder)) {
        const std::string last = path.filename().string();
        add_entry(path, name.empty() ? last : name + "/" + last, only_sources || (name.empty() && is_product(last)));
    }
}

// In the order of their names; of a folder that is gone meanwhile, nothing. Counted while they are listed: one folder
// may have any number.
std::vector<fs::path> SourceWalk::entries_of(const fs::path& folder) {
    std::error_code failure;
    std::vector<fs::path> entries;
    fs::directory_iterator entry(folder, failure);
    for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
        if (entry->path().filename() == ".git") continue;
        if (++entries_ > most_entries_) refuse_so_many();
        entries.push_back(entry->path());
    }
    if (failure && failure.value() != ENOENT) refuse(folder, failure.value());
    std::sort(entries.begin(), entries.end());
    return entries;
}

void SourceWalk::add_entry(const fs::path& path, const std::string& name, bool only_sources) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
        if (errno == ENOENT) return;  // gone meanwhile
        refuse(path, errno);
    }
    if (S_ISDIR(status.st_mode)) {
        // A tree that was named by itself is read as such.
        if (!is_read_by_itself(path)) walk(path, name, only_sources);
    } else if (S_ISLNK(status.st_mode)) {
        add_link(path, name, only_sources);
    } else if (only_sources && !is_source(path)) {
        return;
    } else if (S_ISREG(status.st_mode)) {
        add_file(path, name);
    } else {
        note(name, type_of_file(status.st_mode));
    }
}

void SourceWalk::add_link(const fs::path& path, const std::string& name, bool only_sources) {
    std::error_code failure;
    note(name, "link to " + fs::read_symlink(path, failure).string());
    const fs::path target = fs::canonical(path, failure);
    if (failure) return;  // leads nowhere
    const auto type = fs::status(target, failure).type();
    const std::string before = lead_;
    // Of several links, the one in the checkout: it can be taken out there.
    const std::string lead = before.empty() ? "the link " + path.string() : before;
    if (type == fs::file_type::regular && (!only_sources || is_source(path))) {
        lead_ = lead;
        add_file(target, name);
        lead_ = before;
    }
    if (type == fs::file_type::directory) add_tree(target, only_sources, lead);
}

void SourceWalk::add_file(const fs::path& path, const std::string& name) {
    const auto input = try_open_input(path, source_file);
    if (input.state == OpenedInput::State::absent) return;
    if (input.state != OpenedInput::State::open) {
        refuse(fmt::format("{}: {}", path.string(), input.problem));
    }
    struct stat status {};
    if (::fstat(input.fd.get(), &status) != 0) refuse(path, errno);
    const std::string mode = (status.st_mode & S_IXUSR) != 0 ? "program " : "file ";
    if (input.bytes > largest_read) return note(name, mode + times_of(status));
    Sha256 content;
    for (std::uint64_t bytes = 0;;) {
        const auto count = ::read(input.fd.get(), buffer_.data(), buffer_.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) refuse(path, errno);
        if (count == 0) return note(name, mode + content.hex());
        bytes += static_cast<std::uint64_t>(count);
        if (bytes > largest_read) return note(name, mode + times_of(large_status(input.fd.get(), path)));
        content.add({buffer_.data(), static_cast<std::size_t>(count)});
        context_.throw_if_done("reading the checkout");
    }
}

// Of a file that grew while it was read. Those of /proc say another size than they have, and some have no end.
struct stat SourceWalk::large_status(int fd, const fs::path& path) const {
    struct stat status {};
    if (::fstat(fd, &status) != 0) refuse(path, errno);
    const auto bytes = static_cast<std::uint64_t>(status.st_size);
    if (bytes > largest_read) return status;
    refuse(fmt::format("{}: is no source: it says that it has {} bytes, and more than {} can be read of it",
                       path.string(), bytes, to_string(ByteSize{largest_read})));
}

void SourceWalk::refuse(const fs::path& path, int error_number) const {
    if (is_of_the_machine(error_number)) throw_file_error("read", path, error_number);
    refuse(fmt::format("cannot read {}: {}", path.string(), std::generic_category().message(error_number)));
}

void SourceWalk::refuse(const std::string& what) const {
    const std::string all = "crib reads all of a checkout to know whether it changed: ";
    if (lead_.empty()) throw Error(ErrorKind::usage, what, all + "make it readable, or name another one");
    throw Error(ErrorKind::usage, fmt::format("{}; {} leads there", what, lead_),
                all + "take out what leads there, or make it readable");
}

void SourceWalk::refuse_so_many() const {
    throw Error(ErrorKind::usage,
                fmt::format("more than {} files are in {} and what it leads to{}", most_entries_,
                            roots_.front().folder.string(), lead_.empty() ? "" : ", last by " + lead_),
                "name the checkout of one component, without links to other large folders");
}

// No name has a zero byte.
void SourceWalk::note(const std::string& name, const std::string& what) {
    digest_.add(name);
    digest_.add({"\0", 1});
    digest_.add(what);
    digest_.add({"\0", 1});
}

}  // namespace crib::component
