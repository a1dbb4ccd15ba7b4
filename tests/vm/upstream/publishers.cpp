#include "tests/vm/upstream/publishers.h"

#include "harness/base/folders.h"
#include "harness/base/version.h"
#include "tests/support/upstream_servers/publisher.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

namespace crib::vm {
namespace {

namespace fs = std::filesystem;

void show(const component::Progress& progress) {
    if (progress.kind != component::Progress::Kind::step) return;
    std::cout << fmt::format("build {}: {}", progress.component, progress.what) << std::endl;
}

std::vector<component::Built> build(process::Runner& runner, const PublishedVersions& versions,
                                    const Context& context) {
    component::ComponentStore store(runner, find_folders(CRIB_SOURCE_DIR, ""), show);
    const component::WantedVersions wanted{{"kubernetes", versions.kubernetes},
                                           {"cri-o", versions.cri_o},
                                           {"flannel", versions.flannel},
                                           {"nginx", "debian"}};
    return store.ensure_all(component::bill_of_materials(store.table(), wanted), context);
}

// The publisher's own name of an image where crib's says that it was built here.
std::string published_name(const std::string& reference) {
    return reference == "docker.io/library/nginx:debian" ? "docker.io/library/nginx:stable" : reference;
}

}  // namespace

Publishers::Publishers(process::Runner& runner, const PublishedVersions& versions, const Context& context)
    : runner_(runner),
      folder_(fs::temp_directory_path(), "crib-publishers"),
      kubernetes_(runner, "isv:kubernetes OBS Project <isv:kubernetes@build.example>"),
      cri_o_(runner, "isv:cri-o OBS Project <isv:cri-o@build.example>"),
      server_(folder_.path() / "www"),
      registry_(runner, context) {
    const auto built = build(runner, versions, context);
    publish_packages(built, context);
    publish_images(built, context);
    for (const auto& one : built) {
        if (!one.manifest) continue;
        const fs::path release =
            folder_.path() / "www/github.com/flannel-io/flannel/releases/download" / ("v" + versions.flannel);
        make_folder(release);
        fs::copy_file(*one.manifest, release / "kube-flannel.yml");
    }
    write_mirrors();
}

void Publishers::publish_packages(const std::vector<component::Built>& built, const Context& context) {
    std::vector<fs::path> of_kubernetes;  // with the CNI plugins and crictl, as its publisher has it
    std::vector<fs::path> of_cri_o;
    std::string kubernetes;
    std::string cri_o;
    for (const auto& one : built) {
        if (one.name == "kubernetes") kubernetes = minor_of(one.version);
        if (one.name == "cri-o") cri_o = minor_of(one.version);
        for (const auto& deb : one.debs) (one.name == "cri-o" ? of_cri_o : of_kubernetes).push_back(deb.path);
    }
    // pkgs.k8s.io sends its visitors on.
    const std::string home = "/prod-cdn.packages.k8s.io/repositories/isv:/kubernetes:";
    server_.redirect("/pkgs.k8s.io", home);
    const auto folder = [&](const std::string& host, const std::string& stream, const std::string& minor) {
        return folder_.path() / fmt::format("www{}/{}:/stable:/v{}/deb", host, stream, minor);
    };
    test::publish_repository(runner_, of_kubernetes, kubernetes_, folder(home, "core", kubernetes), context);
    test::publish_repository(runner_, of_cri_o, cri_o_,
                             folder("/download.opensuse.org/repositories", "isv:/cri-o", cri_o), context);
}

// One registry stands for all: the real one's name is the first part of a path in it.
void Publishers::publish_images(const std::vector<component::Built>& built, const Context& context) {
    for (const auto& one : built) {
        for (const auto& image : one.images) {
            const auto name = published_name(image.reference);
            std::cout << "publish " << name << std::endl;
            registry_.push_layout(name, image.layout, context);
        }
    }
}

void Publishers::write_mirrors() const {
    nlohmann::json mirrors;
    for (const std::string host : {"pkgs.k8s.io", "download.opensuse.org", "github.com"}) {
        mirrors[host] = server_.url("/" + host);
    }
    for (const std::string host : {"registry.k8s.io", "ghcr.io", "docker.io"}) {
        mirrors[host] = registry_.url() + "/" + host;
    }
    write_file(this->mirrors(), mirrors.dump(2));
}

}  // namespace crib::vm
