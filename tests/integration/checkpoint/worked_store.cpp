#include "tests/integration/checkpoint/worked_store.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"

#include <unistd.h>

namespace crib::checkpoint {

namespace fs = std::filesystem;

namespace {

// Of a number: pieces of noise with zeroes between, of a size that differs.
std::string memory_of(unsigned number) {
    std::mt19937 random(number);
    std::string text((2U + number) << 19U, '\0');
    for (std::size_t at = 0; at < text.size(); at += 1 + random() % 4000) text[at] = static_cast<char>(random());
    return text;
}

std::string disk_of(unsigned number) {
    return "disk " + std::to_string(number) + std::string(20'000, 'd');
}

}  // namespace

WorkedStore::WorkedStore(fs::path the_folder)
    : folder(std::move(the_folder)), store(runner, clock, folder / "checkpoints") {
    runner.on({"qemu-img", "convert"}, [](const process::Command& command) {
        fs::copy_file(command.args.at(command.args.size() - 2), command.args.back());
        return test::exited(0);
    });
    if (!fs::exists(folder / "root.qcow2")) write_file(folder / "root.qcow2", "a node image");
}

KeyChain WorkedStore::chain(unsigned number) const {
    return extend({}, "stage-" + std::to_string(number), {text("number", std::to_string(number))});
}

fs::path WorkedStore::file(const std::string& name, const std::string& content) const {
    const auto path = folder / (name + "-" + std::to_string(::getpid()));
    write_file(path, content);
    return path;
}

void WorkedStore::save(unsigned number) {
    auto begun = store.begin(chain(number), Store::IfBusy::leave, context());
    if (!begun.draft) return;
    auto backing = folder / "root.qcow2";
    std::optional<Lease> below;
    if (number > 0) below = store.open(key_of(chain(number - 1)), context()).lease;
    if (below) backing = below->disk("master", context());
    begun.draft->add_memory("master", file("raw", memory_of(number)), context());
    begun.draft->add_memory("worker", file("raw2", "worker of " + memory_of(number)), context());
    begun.draft->add_disk("master", file("disk", disk_of(number)), backing, context());
    begun.draft->commit({"kills", "", {"master"}, std::to_string(number)}, context());
}

std::string WorkedStore::look_at(const std::string& key) {
    const auto opened = store.open(key, context());
    if (!opened.lease) return opened.miss == Opened::Miss::damaged ? opened.why : std::string();
    const auto number = static_cast<unsigned>(std::stoul(opened.lease->entry().payload));
    const auto memory = [&](const std::string& node) {
        const auto unpacked = opened.lease->memory(node, context());
        opened.lease->wait_for_memory(node, context());
        return read_file(unpacked);
    };
    try {
        if (memory("master") != memory_of(number)) return "other memory than was saved";
        if (memory("worker") != "worker of " + memory_of(number)) return "other memory of the worker than was saved";
        if (read_file(opened.lease->disk("master", context())) != disk_of(number)) return "another disk than was saved";
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

void WorkedStore::do_something(std::mt19937& random) {
    const auto number = static_cast<unsigned>(random() % kNumbers);
    const auto key = key_of(chain(number));
    switch (random() % 8) {
        case 0:
            (void)store.remove(key, context());
            break;
        case 1:
            (void)store.collect(ByteSize::mib(random() % 8), context());
            break;
        case 2:
            if (store.has(key)) {
                store.name("name-" + std::to_string(random() % 2), key, context(), Store::Stays::no);
            }
            break;
        case 3:
            store.unname("name-" + std::to_string(random() % 2), context());
            break;
        case 4:
            (void)look_at(key);
            break;
        default:
            save(number);
    }
}

}  // namespace crib::checkpoint
