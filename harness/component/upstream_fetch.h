#pragma once
// Fetches one row of the upstream table into a folder: packages, images, manifest, each verified. The store decides
// where and whether.

#include "harness/base/context.h"
#include "harness/component/build_log.h"
#include "harness/component/builder.h"
#include "harness/component/progress.h"
#include "harness/component/upstream_table.h"
#include "harness/fetch/mirrors.h"

#include <filesystem>
#include <set>
#include <string>

namespace crib::component {

class UpstreamFetch {
public:
    UpstreamFetch(UpstreamRow row, const fetch::Mirrors& mirrors, fetch::StallLimit stall, BuildLog& log,
                  ProgressSink progress, std::filesystem::path output);

    // `output` may hold what an earlier try left there. The version of an image is its tag's digest.
    BuildOutput run(const Context& context);

private:
    void fetch_manifest(const Context& context);
    void fetch_packages(const UpstreamRepository& repository, const Context& context);
    void fetch_package(const AptSource& source, const Package& package, const Context& context);
    void fetch_dependencies(const AptSource& source, const Package& package, const Context& context);
    void pull(const UpstreamImage& image, const Context& context);

    void step(const std::string& what, const Context& context);
    void detail(const std::string& what, const Context& context);

    UpstreamRow row_;
    const fetch::Mirrors& mirrors_;
    fetch::StallLimit stall_;
    BuildLog& log_;
    ProgressSink progress_;
    std::filesystem::path output_;
    BuildOutput result_;
    std::set<std::string> fetched_;  // names of packages
    TimePoint started_;
    TimePoint last_said_;
    int step_ = 0;
    int steps_ = 0;
};

}  // namespace crib::component
