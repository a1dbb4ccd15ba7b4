#include "tests/support/upstream_servers/image_registry.h"

#include "harness/base/error.h"
#include "harness/component/oci_layout.h"
#include "harness/fetch/download.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>
#include <csignal>
#include <nlohmann/json.hpp>

namespace crib::test {
namespace {

namespace fs = std::filesystem;

// A port that nobody has: the registry cannot say which one it was given.
int free_port() {
    const UniqueFd socket(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw Error(ErrorKind::environment, "no free port on loopback");
    }
    return ntohs(address.sin_port);
}

}  // namespace

ImageRegistry::ImageRegistry(process::Runner& runner, const Context& context)
    : runner_(runner), folder_(fs::temp_directory_path(), "crib-registry"), port_(free_port()) {
    // JSON is YAML.
    const nlohmann::json config{{"version", "0.1"},
                                {"log", {{"level", "error"}}},
                                {"storage", {{"filesystem", {{"rootdirectory", storage().string()}}}}},
                                {"http", {{"addr", fmt::format("127.0.0.1:{}", port_)}}}};
    write_file(folder_.path() / "config.json", config.dump());
    process::Command serve;
    serve.program = "docker-registry";
    serve.args = {"serve", (folder_.path() / "config.json").string()};
    try {
        pid_ = runner_.start_daemon(serve, folder_.path() / "log");
    } catch (const Error&) {
        throw Error(ErrorKind::environment, "there is no docker-registry on this machine",
                    "apt-get install docker-registry, or run the tests by ./crib test");
    }
    for (int i = 0;; ++i) {
        try {
            static_cast<void>(fetch::fetch_text({.url = url() + "/v2/", .sha256 = {}}, context));
            return;
        } catch (const Error& error) {
            if (i == 100) throw error.with_note(read_file(folder_.path() / "log"));
            context.sleep(std::chrono::milliseconds(100));
        }
    }
}

ImageRegistry::~ImageRegistry() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
}

std::string ImageRegistry::url() const {
    return fmt::format("http://127.0.0.1:{}", port_);
}

void ImageRegistry::push(const std::string& name, const std::string& content, const Context& context) {
    const TempFolder work(folder_.path(), "push");
    write_file(work.path() / "file", content);
    component::write_layer(work.path() / "layer.tar", {{"/content", work.path() / "file", 0644}}, {}, true);
    component::ImageSpec image;
    image.entrypoint = {"/content"};
    make_folder(work.path() / "layout");
    component::write_oci_layout(work.path() / "layout", name, image, {{work.path() / "layer.tar", {}, false}});
    push_layout(name, work.path() / "layout", context);
}

void ImageRegistry::push_layout(const std::string& name, const fs::path& layout, const Context& context) {
    process::Command push;
    push.program = "skopeo";
    push.args = {"--insecure-policy",
                 "copy",
                 "--quiet",
                 "--dest-tls-verify=false",
                 "oci:" + layout.string(),
                 fmt::format("docker://127.0.0.1:{}/{}", port_, name)};
    static_cast<void>(process::output_of(runner_, push, context));
}

}  // namespace crib::test
