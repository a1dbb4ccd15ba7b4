#include "harness/engine/evidence.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <mutex>
#include <thread>

namespace crib::engine {
namespace {

struct Source {
    const char* file;
    const char* script;
};

// Each is one file of a node's evidence. A node on which CRI-O was never installed has no crictl.
constexpr std::array<Source, 4> kSources{{
    {"journal.log", "journalctl --no-pager -q -o short-precise -b | tail -n 20000"},
    {"crio.log", "journalctl --no-pager -q -o short-precise -b -u crio | tail -n 10000"},
    {"kubelet.log", "journalctl --no-pager -q -o short-precise -b -u kubelet | tail -n 10000"},
    {"containers.log",
     "command -v crictl >/dev/null || exit 0\n"
     "timeout 20 crictl pods || true\n"
     "timeout 20 crictl ps --all || true\n"
     "for log in /var/log/pods/*/*/*.log; do\n"
     "    [ -e \"$log\" ] || continue\n"
     "    echo; echo \"==> $log\"; tail -n 200 \"$log\"\n"
     "done\n"},
}};

class NodeCollector {
public:
    NodeCollector(guest::Node& node, const RunFolder& folder, Redactor redactor, const OnMissing& on_missing)
        : node_(node), folder_(folder.node(node.name())), redactor_(std::move(redactor)), on_missing_(on_missing) {}

    void collect(const Context& context) {
        for (const auto& source : kSources) {
            try {
                if (!fetch(source, context)) return;  // lost: the other files would only wait, too
            } catch (const std::exception& error) {
                on_missing_(fmt::format("{} of {}: {}", source.file, node_.name(), error.what()));
                return;
            }
        }
    }

private:
    bool fetch(const Source& source, const Context& context) {
        make_folder(folder_);
        std::ofstream file(folder_ / source.file, std::ios::binary | std::ios::trunc);
        ssh::Exec exec;
        exec.script = source.script;
        exec.name = "evidence";
        exec.keep_bytes = 2000;
        exec.on_out = [&](std::string_view line) { file << redactor_.line(line) << '\n'; };
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
            write_file(folder.path / "api" / file, Redactor(redactor).text(answer.text));
        }
    } catch (const std::exception& error) {
        on_missing(fmt::format("the API objects: {}", error.what()));
    }
}

}  // namespace crib::engine
