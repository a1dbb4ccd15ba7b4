#include "harness/engine/evidence.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/engine/journal_split.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <array>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

namespace crib::engine {
namespace {

struct Source {
    const char* file;
    const char* script;
};

constexpr Source kJournal{"journal.log", "journalctl --no-pager -q -o short-precise -b | tail -n 30000"};
// A node on which CRI-O was never installed has no crictl.
constexpr Source kContainers{"containers.log",
                             "command -v crictl >/dev/null || exit 0\n"
                             "timeout 20 crictl pods || true\n"
                             "timeout 20 crictl ps --all || true\n"
                             "for log in /var/log/pods/*/*/*.log; do\n"
                             "    [ -e \"$log\" ] || continue\n"
                             "    echo; echo \"==> $log\"; tail -n 200 \"$log\"\n"
                             "done\n"};

class NodeCollector {
public:
    NodeCollector(guest::Node& node, const RunFolder& folder, Redactor redactor, const OnMissing& on_missing)
        : node_(node), folder_(folder.node(node.name())), redactor_(std::move(redactor)), on_missing_(on_missing) {}

    void collect(const Context& context) {
        try {
            make_folder(folder_);
            // Lost: the other files would only wait, too.
            if (fetch_journal(context)) static_cast<void>(fetch_containers(context));
        } catch (const std::exception& error) {
            on_missing_(fmt::format("the logs of {}: {}", node_.name(), error.what()));
        }
    }

private:
    bool fetch_journal(const Context& context) {
        std::ofstream all = create(kJournal.file);
        std::map<std::string, std::ofstream, std::less<>> of_service;
        for (const auto service : JournalSplit::services) {
            of_service[std::string(service)] = create(fmt::format("{}.log", service));
        }
        JournalSplit split;
        return fetch(kJournal, context, [&](const std::string& line) {
            all << line << '\n';
            const auto found = of_service.find(split.service_of(line));
            if (found != of_service.end()) found->second << line << '\n';
        });
    }

    bool fetch_containers(const Context& context) {
        std::ofstream file = create(kContainers.file);
        return fetch(kContainers, context, [&](const std::string& line) { file << line << '\n'; });
    }

    [[nodiscard]] std::ofstream create(const std::string& name) const {
        return std::ofstream{folder_ / name, std::ios::binary | std::ios::trunc};
    }

    bool fetch(const Source& source, const Context& context, const std::function<void(const std::string&)>& keep) {
        ssh::Exec exec;
        exec.script = source.script;
        exec.name = "evidence";
        exec.keep_bytes = 2000;
        exec.on_out = [&](std::string_view line) { keep(redactor_.line(line)); };
        const auto result = node_.run(exec, context);
        if (!result.ok()) {
            on_missing_(fmt::format("{} of {}: the command {}", source.file, node_.name(), result.how_it_ended()));
        }
        return std::holds_alternative<ssh::Exited>(result.end);
    }

    guest::Node& node_;
    std::filesystem::path folder_;
    Redactor redactor_;
    const OnMissing& on_missing_;
};

}  // namespace

void collect_from_nodes(const std::vector<guest::Node*>& nodes, const RunFolder& folder, const Redactor& redactor,
                        const OnMissing& on_missing, const Context& context) {
    std::mutex mutex;
    const OnMissing one_at_a_time = [&](const std::string& what) {
        const std::lock_guard lock(mutex);
        on_missing(what);
    };
    std::vector<std::jthread> threads;
    for (auto* node : nodes) {
        threads.emplace_back([&, node] { NodeCollector(*node, folder, redactor, one_at_a_time).collect(context); });
    }
}

namespace {

// One value a line: the answer is a single line, and what hides in it would hide all of it.
std::string without_secrets(const std::string& json, const Redactor& redactor) {
    auto document = nlohmann::ordered_json::parse(json, nullptr, false);
    if (document.is_discarded()) return Redactor(redactor).text(json);
    return Redactor(redactor).text(document.dump(1));
}

}  // namespace

void collect_from_api(check::ClusterView& view, const RunFolder& folder, const Redactor& redactor,
                      const OnMissing& on_missing, const Context& context) {
    static constexpr std::array<Source, 6> kObjects{{{"nodes.json", "/api/v1/nodes"},
                                                     {"pods.json", "/api/v1/pods"},
                                                     {"events.json", "/api/v1/events"},
                                                     {"services.json", "/api/v1/services"},
                                                     {"daemonsets.json", "/apis/apps/v1/daemonsets"},
                                                     {"deployments.json", "/apis/apps/v1/deployments"}}};
    try {
        make_folder(folder.path / "api");
        for (const auto& [file, path] : kObjects) {
            const auto answer = view.get(path, context);
            if (!answer.ok()) {
                on_missing(fmt::format("{}: {}", file, answer.describe()));
                if (answer.kind == check::Answer::Kind::unreachable) return;
                continue;
            }
            write_file(folder.path / "api" / file, without_secrets(answer.text, redactor));
        }
    } catch (const std::exception& error) {
        on_missing(fmt::format("the API objects: {}", error.what()));
    }
}

}  // namespace crib::engine
