#pragma once
// Publishers: servers on loopback that answer as pkgs.k8s.io, download.opensuse.org, GitHub and the registries do, with
// what crib itself builds of the same versions, as nothing of theirs can be counted on to be reached by a test.

#include "harness/base/context.h"
#include "harness/base/file.h"
#include "harness/component/store.h"
#include "harness/process/runner.h"
#include "tests/support/upstream_servers/faulty_server.h"
#include "tests/support/upstream_servers/image_registry.h"
#include "tests/support/upstream_servers/signer.h"

#include <filesystem>
#include <string>
#include <vector>

namespace crib::vm {

struct PublishedVersions {
    std::string kubernetes;
    std::string cri_o;
    std::string flannel;
};

class Publishers {
public:
    // Builds what is not in the user's cache yet: up to half an hour.
    Publishers(process::Runner& runner, const PublishedVersions& versions, const Context& context);

    // A mirrors.json that names them in place of the real ones.
    [[nodiscard]] std::filesystem::path mirrors() const { return folder_.path() / "mirrors.json"; }

    // Requests that the web server had: keys, indexes, packages, manifests.
    [[nodiscard]] int requests() const { return server_.requests(); }

private:
    void publish_packages(const std::vector<component::Built>& built, const Context& context);
    void publish_images(const std::vector<component::Built>& built, const Context& context);
    void write_mirrors() const;

    process::Runner& runner_;
    TempFolder folder_;
    test::Signer kubernetes_;
    test::Signer cri_o_;
    test::FaultyServer server_;
    test::ImageRegistry registry_;
};

}  // namespace crib::vm
