#pragma once
// Builds one row of the table into a folder: programs, packages, images, manifest. The store decides where and whether.

#include "harness/base/context.h"
#include "harness/component/build_log.h"
#include "harness/component/go_toolchain.h"
#include "harness/component/progress.h"
#include "harness/component/request.h"
#include "harness/component/root_cache.h"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace crib::component {

struct BuildInput {
    Row row;
    Source source;
    std::string stamp;                // what binaries are to report
    std::optional<GoToolchain> go;    // for rows with a Go part
    Table table;                      // shared files and the row's companions
    std::filesystem::path output;     // exists, empty
    std::filesystem::path temporary;  // likewise, for what compilers leave when they are stopped
};

struct BuildOutput {
    std::string version_string;    // marked when it is of a checkout
    std::string reported_version;  // exactly what the binaries say
    struct File {
        std::string name;     // a package's name or an image's reference
        std::string version;  // of a package
        std::string path;     // relative to the output folder
    };
    std::vector<File> debs;
    std::vector<File> images;
    std::string manifest;  // relative; empty: none
};

class Builder {
public:
    Builder(BuildInput input, BuildLog& log, RootCache& roots, ProgressSink progress);

    BuildOutput run(const Context& context);

private:
    using Step = std::pair<std::string, std::function<void(const Context&)>>;
    std::vector<Step> plan();
    void plan_go(std::vector<Step>& steps);
    void plan_rest(std::vector<Step>& steps);

    void find_source(const Context& context);
    void compile(const std::vector<GoBuild>& group, const Context& context);
    void make(const MakePart& part, const Context& context);
    void compile_c(const CcPart& part, const Context& context);
    void probe_version(const VersionProbe& probe, const Context& context);
    void probe_images(const ImagesProbe& probe, const Context& context);
    void package(const DebSpec& spec, const Context& context);
    void make_image(const ImageSpec& spec, const Context& context);
    void write_manifest(const ManifestSpec& spec);

    [[nodiscard]] std::filesystem::path path_of(const std::string& from) const;
    [[nodiscard]] std::filesystem::path content_of(const FileEntry& file);
    [[nodiscard]] std::string expanded(const std::string& text) const;
    [[nodiscard]] std::filesystem::path bin() const { return input_.output / "bin"; }
    void keep_together(process::Command& command) const;
    void say(Progress::Kind kind, const std::string& what, const Context& context);

    BuildInput input_;
    BuildLog& log_;
    RootCache& roots_;
    ProgressSink progress_;
    std::filesystem::path source_;  // the upstream tree
    BuildOutput result_;
    TimePoint started_;
    TimePoint last_said_;
    int step_ = 0;
    int steps_ = 0;
    int edited_files_ = 0;
};

// Builds that one `go build` can make: same flags, and outputs named as Go itself would name them.
[[nodiscard]] std::vector<std::vector<GoBuild>> group_builds(const std::vector<GoBuild>& builds);

}  // namespace crib::component
