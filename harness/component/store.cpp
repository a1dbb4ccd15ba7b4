#include "harness/component/store.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/input_file.h"
#include "harness/base/lock.h"
#include "harness/base/owned_folder.h"
#include "harness/base/sha256.h"
#include "harness/base/text.h"
#include "harness/base/unused.h"
#include "harness/component/build_environment.h"
#include "harness/component/build_files.h"
#include "harness/component/builder.h"
#include "harness/component/distribution.h"
#include "harness/component/go_mod.h"
#include "harness/component/oci_layout.h"
#include "harness/component/source_tree.h"
#include "harness/component/upstream_fetch.h"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace crib::component {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Raise it when the same inputs are to give other outputs.
constexpr const char* format_number = "2";
constexpr const char* record_name = "built.json";
constexpr std::size_t key_letters = 16;

json to_json(const std::vector<BuildOutput::File>& files) {
    json list = json::array();
    for (const auto& file : files)
        list.push_back({{"name", file.name}, {"version", file.version}, {"path", file.path}});
    return list;
}

void add_files(KeyBuilder& key, const std::vector<BuildFile>& files) {
    for (const auto& [name, path] : files) key.add(name, sha256_file(path));
}

constexpr auto version_time = std::chrono::seconds(30);

std::string c_compiler_version(process::Runner& runner, const Context& context) {
    process::Command command;
    command.program = "cc";
    command.args = {"-dumpfullversion"};
    command.ends_with_crib = true;
    use_build_environment(command);
    try {
        return std::string(trim(output_of(runner, command, context.with_timeout(version_time))));
    } catch (const Error& error) {
        context.throw_if_done("asking the C compiler for its version");
        if (error.kind() != ErrorKind::process && error.kind() != ErrorKind::timeout) throw;
        const bool is_silent = error.kind() == ErrorKind::timeout;
        throw Error(is_silent ? error.kind() : ErrorKind::environment, fmt::format("no C compiler: {}", error.what()),
                    "install Debian's packages gcc, libc6-dev, libseccomp-dev, make and pkg-config");
    }
}

Built from_record(const json& record, const fs::path& folder) {
    Built built;
    built.version_string = record.at("version_string");
    built.reported_version = record.value("reported_version", built.version_string);
    for (const json& deb : record.at("debs")) {
        built.debs.push_back({deb.at("name"), deb.at("version"), folder / deb.at("path").get<std::string>()});
    }
    for (const json& image : record.at("images")) {
        built.images.push_back({image.at("name"), folder / image.at("path").get<std::string>()});
    }
    if (const std::string manifest = record.at("manifest"); !manifest.empty()) built.manifest = folder / manifest;
    return built;
}

bool is_whole(const Built& built) {
    const auto has_deb = [](const DebFile& deb) { return fs::exists(deb.path); };
    const auto has_image = [](const OciImage& image) { return fs::exists(image.layout / "index.json"); };
    return std::all_of(built.debs.begin(), built.debs.end(), has_deb) &&
           std::all_of(built.images.begin(), built.images.end(), has_image) &&
           (!built.manifest || fs::exists(*built.manifest));
}

}  // namespace

struct ComponentStore::Plan {
    Request request;
    Row row;
    std::string stamp;
    std::string print;              // of the checkout, if it is one
    std::string go_line;            // of the go.mod: the oldest Go that will do
    std::optional<GoToolchain> go;  // not fetched yet, if it must be
    std::optional<HostDistribution> host;
    std::optional<UpstreamRow> upstream;
    fetch::Mirrors mirrors;
    KeyBuilder key;
    fs::path folder;

    [[nodiscard]] std::string title() const { return fmt::format("{} {}", row.name, row.version); }
    [[nodiscard]] const char* doing() const { return upstream ? "fetching " : "building "; }
};

namespace {

// Of what was fetched, a digest of all that was sent: upstream's content is not known by the key, and what has the same
// content is the same, whichever mirror it came from.
json record_of(const BuildOutput& output, bool fetched, const fs::path& folder) {
    json record{{"version_string", output.version_string},
                {"reported_version", output.reported_version},
                {"debs", to_json(output.debs)},
                {"images", to_json(output.images)},
                {"manifest", output.manifest}};
    if (!fetched) return record;
    KeyBuilder content;
    content.add("format", format_number);
    for (const auto& deb : output.debs) content.add(deb.path, sha256_file(folder / deb.path));
    for (const auto& image : output.images) content.add(image.name, image.version);
    if (!output.manifest.empty()) content.add("manifest", sha256_file(folder / output.manifest));
    record["digest"] = content.key();
    return record;
}

}  // namespace

ComponentStore::ComponentStore(process::Runner& runner, Folders folders, ProgressSink progress, fetch::StallLimit stall)
    : runner_(runner),
      folders_(std::move(folders)),
      progress_(std::move(progress)),
      stall_(stall),
      table_(folders_.fixtures() / "components") {}

ComponentStore::Plan ComponentStore::plan(const Request& request, const Context& context) {
    if (request.source.kind == Source::Kind::upstream) return plan_upstream(request);
    Plan plan;
    plan.request = request;
    plan.row = row_of(table_, request);
    const bool local = request.source.kind == Source::Kind::local;
    if (local) require_checkout_of(plan.row, request.source);
    plan.key.add("format", format_number).add("architecture", architecture());
    add_files(plan.key, files_of(plan.row));
    // A checkout may have another version's row.
    if (plan.row.folder.filename() != request.version) plan.key.add("version", request.version);
    add_files(plan.key, shared_files(table_));
    if (local) {
        plan.print = fingerprint(request.source.checkout, context);
        plan.key.add("checkout", plan.print);
    }
    plan.stamp = stamp_of(request.version, plan.print);
    if (plan.row.go) {
        const fs::path go_mod = (local ? request.source.checkout : plan.row.folder) / "go.mod";
        plan.go_line = go_line_of(read_input(go_mod, input_kind::go_mod));
        plan.go = go_for(plan.go_line, context);
        plan.key.add("go", plan.go->version);
    }
    if (plan.row.needs_c_compiler()) plan.key.add("cc", c_compiler(context));
    if (plan.row.needs_root()) {
        plan.host = find_host_distribution();
        plan.key.add("distribution", plan.host->codename);
    }
    const std::string key = plan.key.key().substr(0, key_letters);
    plan.folder = folders_.cache / "components" / fmt::format("{}-{}-{}", request.name, request.version, key);
    return plan;
}

namespace {

// A program that does not answer is not asked, and waited for, again for each component.
template <typename Ask>
auto unless_silent(std::optional<Error>& silent, const Context& context, Ask&& ask) -> decltype(ask()) {
    if (silent) throw Error(*silent);
    try {
        return ask();
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::timeout && !context.done()) silent.emplace(error);
        throw;
    }
}

}  // namespace

GoToolchain ComponentStore::go_for(const std::string& go_line, const Context& context) {
    const std::lock_guard lock(mutex_);
    const auto known = go_.find(go_line);
    if (known != go_.end()) return known->second;
    return unless_silent(silent_go_, context, [&] {
        return go_[go_line] = choose_go_toolchain(runner_, go_line, table_.folder() / "go-toolchain.json", context);
    });
}

std::string ComponentStore::c_compiler(const Context& context) {
    const std::lock_guard lock(mutex_);
    if (!c_compiler_)
        c_compiler_ = unless_silent(silent_c_compiler_, context, [&] { return c_compiler_version(runner_, context); });
    return *c_compiler_;
}

// What upstream's servers have under a version is not known before they are asked: what came once for the same row
// from the same addresses stays.
ComponentStore::Plan ComponentStore::plan_upstream(const Request& request) const {
    Plan plan;
    plan.request = request;
    plan.upstream = UpstreamTable(table_.folder() / "upstream.json").row(request.name, request.version, request.os);
    plan.mirrors = fetch::Mirrors::load(folders_.mirrors);
    plan.row.name = request.name;
    plan.row.version = request.version;
    plan.key.add("format", format_number).add("architecture", architecture()).add("upstream", plan.upstream->text);
    for (const auto& repository : plan.upstream->repositories) {
        plan.key.add("repository", plan.mirrors.resolve(repository.endpoint.url));
    }
    for (const auto& image : plan.upstream->images) {
        plan.key.add("image", plan.mirrors.resolve_image(image.reference).reference);
    }
    if (!plan.upstream->manifest.empty()) plan.key.add("manifest", plan.mirrors.resolve(plan.upstream->manifest));
    const std::string key = plan.key.key().substr(0, key_letters);
    plan.folder = folders_.cache / "components" / fmt::format("{}-{}-upstream-{}", request.name, request.version, key);
    return plan;
}

std::optional<Built> ComponentStore::load(const Plan& plan) const {
    if (!fs::exists(plan.folder / record_name)) return std::nullopt;
    try {
        const json record = json::parse(read_file(plan.folder / record_name));
        Built built = from_record(record, plan.folder);
        built.name = plan.row.name;
        built.version = plan.row.version;
        built.source = to_string(plan.request.source);
        built.digest = record.value("digest", plan.key.key());
        built.reused = true;
        return is_whole(built) ? std::optional(built) : std::nullopt;
    } catch (const json::exception&) {
        return std::nullopt;  // not a record of ours: built again
    }
}

BuildOutput ComponentStore::make(const Plan& plan, BuildLog& log, const fs::path& output, const Context& context) {
    if (plan.upstream) return UpstreamFetch(*plan.upstream, plan.mirrors, stall_, log, progress_, output).run(context);
    RootCache roots(runner_, folders_.cache / "components" / "roots", plan.host.value_or(HostDistribution{}));
    auto go = plan.go;
    if (go && go->program.empty()) {
        go = find_go_toolchain(runner_, plan.go_line, table_.folder() / "go-toolchain.json", context);
    }
    // On the disk of the caches, as it may take gigabytes; what a killed crib leaves there is removed by crib gc.
    const OwnedTempFolder temporary(folders_.cache / "temporary", "crib-build");
    BuildInput input{plan.row, plan.request.source, plan.stamp, go, table_, output, temporary.path()};
    return Builder(std::move(input), log, roots, progress_).run(context);
}

std::optional<Built> ComponentStore::build(const Plan& plan, const Context& context) {
    const fs::path partial = plan.folder.string() + ".partial";
    const fs::path logs = folders_.cache / "components" / "logs";
    make_folder(logs);
    // What was fetched is kept for the next try: each file is verified before it counts.
    const auto give_up = [&] {
        if (!plan.upstream) remove_all_quietly(partial);
    };
    give_up();
    remove_all_quietly(plan.folder);  // there, but not whole
    make_folder(partial);
    mark_as_cached(partial, plan.folder.filename().string());
    const fs::path log_file = logs / (plan.folder.filename().string() + ".log");
    remove_all_quietly(log_file);
    BuildLog log(runner_, log_file);
    try {
        const BuildOutput output = make(plan, log, partial, context);
        // Under this key other sources would be given away for good.
        if (!plan.print.empty() && fingerprint(plan.request.source.checkout, context) != plan.print) {
            give_up();
            return std::nullopt;
        }
        write_file(partial / "key.txt", plan.key.text());
        write_file(partial / record_name, record_of(output, plan.upstream.has_value(), partial).dump(2) + "\n");
        fs::rename(partial, plan.folder);
    } catch (const Error& error) {
        give_up();
        throw error.with_note(fmt::format("{}{}", plan.doing(), plan.title()));
    } catch (const fs::filesystem_error& error) {
        give_up();
        throw Error(ErrorKind::environment, fmt::format("{}{}: {}", plan.doing(), plan.title(), error.what()),
                    fmt::format("is the disk full? The log is {}", log_file.string()));
    }
    std::optional<Built> built = load(plan);
    if (!built) throw Error(ErrorKind::internal, fmt::format("{} was built and is not there", plan.title()));
    built->reused = false;
    return built;
}

std::optional<Built> ComponentStore::find(const Request& request, const Context& context) {
    return load(plan(request, context));
}

Built ComponentStore::ensure(const Request& request, const Context& context) {
    constexpr int most_tries = 3;
    for (int tries = 0; tries < most_tries; ++tries) {
        if (auto built = ensure_as_it_is(request, context)) return *built;
    }
    throw Error(
        ErrorKind::usage,
        fmt::format("{} changed each time while {} was built from it", request.source.checkout.string(), request.name),
        "leave it alone meanwhile, and keep what other programs write elsewhere");
}

std::optional<Built> ComponentStore::ensure_as_it_is(const Request& request, const Context& context) {
    const Plan plan = this->plan(request, context);
    const auto say = [&](Progress::Kind kind, const std::string& what) {
        if (progress_) progress_({kind, plan.title(), what, 0, 0, {}});
    };
    if (auto built = load(plan)) {
        mark_used(plan.folder.string() + ".lock");
        say(Progress::Kind::reused, "");
        return built;
    }
    make_folder(plan.folder.parent_path());
    const FileLock lock = FileLock::take(plan.folder.string() + ".lock", context, [&](const std::string& holder) {
        say(Progress::Kind::waiting, "being built by " + holder);
    });
    if (auto built = load(plan)) {
        say(Progress::Kind::reused, "");
        return built;
    }
    return build(plan, context);
}

std::vector<Built> ComponentStore::ensure_all(const std::vector<Request>& requests, const Context& context) {
    std::vector<Built> all;
    for (const Request& request : requests) all.push_back(ensure(request, context));
    return all;
}

}  // namespace crib::component
