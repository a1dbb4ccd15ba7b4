#include "tests/unit/checkpoint/small_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>

namespace crib::checkpoint {

namespace fs = std::filesystem;

fs::path quick_folder() {
    const fs::path memory = "/dev/shm";
    return ::access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path();
}

SmallStore::SmallStore() : base(file("root.qcow2", "a node image")) {
    runner.on({"qemu-img", "convert"}, [](const process::Command& command) {
        const auto& args = command.args;
        write_file(args.back(), "layer of " + read_file(args.at(args.size() - 2)));
        return test::exited(0);
    });
}

KeyChain SmallStore::chain(const std::string& what) {
    return extend({}, "runtime-ready", {text("what", what)});
}

fs::path SmallStore::file(const std::string& name, const std::string& content) const {
    const auto path = folder.path() / name;
    write_file(path, content);
    return path;
}

std::string SmallStore::save(const std::string& what, const std::string& memory) {
    auto begun = store.begin(chain(what), Store::IfBusy::leave, context());
    auto& draft = begun.draft.value();
    const auto raw = file("raw", memory);
    draft.add_memory("master", raw, context());
    draft.add_disk("master", raw, base, context());
    clock.advance(std::chrono::minutes{1});
    return draft.commit({"two-node", "crib", {"master"}, R"({"secret": "s3cret"})"}, context()).key();
}

std::string SmallStore::memory_of(const Lease& lease, const std::string& name) {
    const auto file = lease.memory(name, context());
    lease.wait_for_memory(name, context());
    return read_file(file);
}

std::vector<std::string> SmallStore::files(const std::string& name) const {
    std::vector<std::string> found;
    for (const auto& one : fs::directory_iterator(store.folder() / name)) found.push_back(one.path().filename());
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<std::string> SmallStore::keys() const {
    std::vector<std::string> found;
    for (const auto& one : store.list()) found.push_back(one.entry.key());
    return found;
}

std::string noise(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::string text(size, '\0');
    for (auto& byte : text) byte = static_cast<char>(random());
    return text;
}

void flip(const fs::path& file, std::uint64_t offset) {
    ::chmod(file.c_str(), 0600);
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(offset));
    const auto byte = static_cast<char>(stream.get() ^ 0x10);
    stream.seekp(static_cast<std::streamoff>(offset));
    stream.put(byte);
}

}  // namespace crib::checkpoint
