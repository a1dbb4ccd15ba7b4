#pragma once
// AptSource: a flat apt repository of somebody else, read as apt does: its key, its signed Release, its index, then
// the packages, each verified by what was verified before it.

#include "harness/base/context.h"
#include "harness/component/apt_index.h"
#include "harness/fetch/download.h"
#include "harness/fetch/mirrors.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::component {

struct AptEndpoint {
    std::string url;                        // of the folder with the Release file, "https://…/deb/"
    std::string key;                        // URL of its public key
    std::vector<std::string> fingerprints;  // the only ones to accept; empty: whatever the key's URL gives
};

class AptSource {
public:
    AptSource(process::Runner& runner, const fetch::Mirrors& mirrors, fetch::StallLimit stall, AptEndpoint endpoint);

    // Fetches and verifies key, Release and index. Error(component) says what is wrong with which URL.
    void open(const Context& context);

    // Error(component) with the versions on offer when there is none such.
    [[nodiscard]] Package find(const std::string& name, const std::string& version) const;

    [[nodiscard]] const std::vector<Package>& packages() const { return packages_; }

    // Into `folder`, under the name it has there; goes on where an earlier try stopped.
    std::filesystem::path download(const Package& package, const std::filesystem::path& folder,
                                   const fetch::DownloadProgress& progress, const Context& context) const;

    [[nodiscard]] const std::string& url() const { return url_; }

private:
    [[nodiscard]] std::string text_of(const std::string& url, const Context& context) const;
    [[nodiscard]] std::string signed_release(const Context& context) const;
    [[nodiscard]] std::string index(const Release& release, const Context& context) const;

    process::Runner& runner_;
    fetch::StallLimit stall_;
    std::string url_;
    std::string key_url_;
    std::vector<std::string> fingerprints_;
    std::vector<Package> packages_;
};

}  // namespace crib::component
