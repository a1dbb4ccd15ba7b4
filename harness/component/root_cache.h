#pragma once
// Base layers of images, each made once: a tar of a small root of the machine's own distribution.

#include "harness/base/context.h"
#include "harness/component/distribution.h"
#include "harness/component/oci_layout.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace crib::component {

class RootCache {
public:
    // Tars live in `folder`. `host` is read when the first root is made.
    RootCache(process::Runner& runner, std::filesystem::path folder, HostDistribution host)
        : runner_(runner), folder_(std::move(folder)), host_(std::move(host)) {}

    // A shared layer with its sum. Locked per root, written then renamed.
    Layer ensure(const std::vector<std::string>& packages, const std::function<void(std::string_view)>& on_line,
                 const Context& context);

private:
    process::Runner& runner_;
    std::filesystem::path folder_;
    HostDistribution host_;
};

}  // namespace crib::component
