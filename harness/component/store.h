#pragma once
// ComponentStore: from (name, version, source) to Debian packages and OCI images, cached by content.

#include "harness/base/context.h"
#include "harness/base/error.h"
#include "harness/base/folders.h"
#include "harness/component/build_log.h"
#include "harness/component/go_toolchain.h"
#include "harness/component/progress.h"
#include "harness/component/request.h"
#include "harness/fetch/download.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace crib::component {

struct BuildOutput;

struct DebFile {
    std::string name;
    std::string version;
    std::filesystem::path path;
};

struct OciImage {
    std::string reference;         // "registry.example/name:tag"
    std::filesystem::path layout;  // an OCI layout folder that holds only this image
};

struct Built {
    std::string name;
    std::string version;           // as asked for
    std::string source;            // "modules", "upstream", "local:PATH"
    std::string digest;            // changes with anything that went in: the cache key; of upstream, what was sent
    std::string version_string;    // for people: "+local.…" in it for a checkout under test
    std::string reported_version;  // exactly what the binaries say, and so what the cluster will show
    std::vector<DebFile> debs;
    std::vector<OciImage> images;
    std::optional<std::filesystem::path> manifest;  // flannel's
    bool reused = false;                            // nothing was built
};

// Entries are in cache/components/NAME-VERSION-KEY/, locked per key, made as .partial and renamed; key.txt says what
// the key is made of. Logs of builds are in cache/components/logs/. Thread-safe; two processes may share a cache.
class ComponentStore {
public:
    // `stall` is how slow a server of upstream's may be.
    ComponentStore(process::Runner& runner, Folders folders, ProgressSink progress = {}, fetch::StallLimit stall = {});

    // Error(usage) for what the table does not have and for a checkout that changes all the time, Error(environment)
    // for a missing tool, Error(component) for a failed build, with the path of its full log in the hint.
    Built ensure(const Request& request, const Context& context);

    // Each request in order.
    std::vector<Built> ensure_all(const std::vector<Request>& requests, const Context& context);

    // What ensure would answer without building; nothing when it would build.
    std::optional<Built> find(const Request& request, const Context& context);

    [[nodiscard]] const Table& table() const { return table_; }

private:
    struct Plan;
    Plan plan(const Request& request, const Context& context);
    Plan plan_upstream(const Request& request) const;
    BuildOutput make(const Plan& plan, BuildLog& log, const std::filesystem::path& output, const Context& context);
    // Nothing when the checkout changed meanwhile.
    std::optional<Built> build(const Plan& plan, const Context& context);
    std::optional<Built> ensure_as_it_is(const Request& request, const Context& context);
    std::optional<Built> load(const Plan& plan) const;
    // What the machine has to build with. Each program is asked once.
    GoToolchain go_for(const std::string& go_line, const Context& context);
    std::string c_compiler(const Context& context);

    process::Runner& runner_;
    Folders folders_;
    ProgressSink progress_;
    fetch::StallLimit stall_;
    Table table_;
    std::mutex mutex_;                         // of what follows
    std::map<std::string, GoToolchain> go_;    // by the go.mod's line
    std::optional<std::string> c_compiler_{};  // its version
    std::optional<Error> silent_go_{};         // it did not answer
    std::optional<Error> silent_c_compiler_{};
};

}  // namespace crib::component
