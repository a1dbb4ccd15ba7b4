#pragma once
// ImageRegistry: a real registry (Debian's docker-registry) on loopback, over plain HTTP.

#include "harness/base/context.h"
#include "harness/base/file.h"
#include "harness/process/runner.h"

#include <filesystem>
#include <string>

namespace crib::test {

class ImageRegistry {
public:
    // Error(environment) saying what to install where docker-registry is missing.
    ImageRegistry(process::Runner& runner, const Context& context);
    ~ImageRegistry();
    ImageRegistry(const ImageRegistry&) = delete;
    ImageRegistry& operator=(const ImageRegistry&) = delete;

    [[nodiscard]] std::string url() const;  // "http://127.0.0.1:PORT"

    // Pushes an image with one layer that holds `content`; `name` is "pause:3.10.2".
    void push(const std::string& name, const std::string& content, const Context& context);

    // Pushes the only image of an OCI layout folder.
    void push_layout(const std::string& name, const std::filesystem::path& layout, const Context& context);

    // Where it keeps its blobs.
    [[nodiscard]] std::filesystem::path storage() const { return folder_.path() / "storage"; }

private:
    process::Runner& runner_;
    TempFolder folder_;
    int port_ = 0;
    int pid_ = 0;
};

}  // namespace crib::test
