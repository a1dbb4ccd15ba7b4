// A user's mirrors in place of upstream's addresses.

#include "harness/fetch/mirrors.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gtest/gtest.h>

namespace crib::fetch {
namespace {

namespace fs = std::filesystem;

const Mirrors mirrors({{"pkgs.k8s.io", "http://127.0.0.1:8080/k8s"},
                       {"pkgs.k8s.io/addons:", "file:///addons"},
                       {"registry.k8s.io", "http://127.0.0.1:5000"},
                       {"docker.io", "https://mirror.example/hub"}});

TEST(Mirrors, ReplaceTheLongestBeginningThatIsNamed) {
    EXPECT_EQ(mirrors.resolve("https://pkgs.k8s.io/core:/stable:/v1.36/deb/"),
              "http://127.0.0.1:8080/k8s/core:/stable:/v1.36/deb/");
    EXPECT_EQ(mirrors.resolve("https://pkgs.k8s.io/addons:/cri-o:/"), "file:///addons/cri-o:/");
}

TEST(Mirrors, LeaveOtherAddressesAlone) {
    EXPECT_EQ(mirrors.resolve("https://pkgs.k8s.io.example/x"), "https://pkgs.k8s.io.example/x");
    EXPECT_EQ(mirrors.resolve_image("quay.io/a:1").reference, "quay.io/a:1");
    EXPECT_TRUE(mirrors.resolve_image("quay.io/a:1").tls);
}

TEST(Mirrors, OfARegistrySayWhetherItSpeaksTls) {
    EXPECT_EQ(mirrors.resolve_image("registry.k8s.io/pause:3.10.2").reference, "127.0.0.1:5000/pause:3.10.2");
    EXPECT_FALSE(mirrors.resolve_image("registry.k8s.io/pause:3.10.2").tls);
    EXPECT_EQ(mirrors.resolve_image("docker.io/library/nginx:1").reference, "mirror.example/hub/library/nginx:1");
    EXPECT_TRUE(mirrors.resolve_image("docker.io/library/nginx:1").tls);
}

TEST(Mirrors, AreReadFromAFileWhoseMistakesAreNamed) {
    const TempFolder folder(fs::temp_directory_path());
    const fs::path file = folder.path() / "mirrors.json";
    write_file(file, R"({"https://pkgs.k8s.io/": "http://localhost:1/"})");
    EXPECT_EQ(Mirrors::load(file).resolve("https://pkgs.k8s.io/x"), "http://localhost:1/x");
    EXPECT_EQ(Mirrors::load({}).resolve("https://pkgs.k8s.io/x"), "https://pkgs.k8s.io/x");
    for (const char* text :
         {"[]", "{", R"({"pkgs.k8s.io": 1})", R"({"pkgs.k8s.io": "localhost:1"})", R"({"a": "http://"})",
          R"({"a": "http:///x"})", R"({"a": "http://x y"})", R"({"a": "file://"})", R"({"a": "http://x\u001b[2K"})",
          R"({"": "http://x"})", R"({"https://": "http://x"})", R"({"a": "http://x", "a": "http://y"})",
          R"({"a": "http://x", "https://a": "http://y"})"}) {
        write_file(file, text);
        try {
            static_cast<void>(Mirrors::load(file));
            ADD_FAILURE() << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_NE(std::string(error.what()).find(file.string()), std::string::npos);
        }
    }
}

}  // namespace
}  // namespace crib::fetch
