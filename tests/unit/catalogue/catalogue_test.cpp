// The tables themselves, and what is read from them.

#include "tests/unit/catalogue/samples.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace crib::catalogue {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const fs::path kFolder = fs::path(CRIB_SOURCE_DIR) / "fixtures/catalogue";

TEST(CatalogueFiles, NameTheSourceOfEveryRow) {
    unsigned rows = 0;
    for (const auto& entry : fs::directory_iterator(kFolder)) {
        if (entry.path().extension() != ".json") continue;
        const auto document = json::parse(read_file(entry.path()));
        for (const auto& [key, list] : document.items()) {
            if (!list.is_array()) continue;
            for (const auto& row : list) {
                ++rows;
                ASSERT_TRUE(row.contains("source")) << entry.path() << ' ' << key << ' ' << row.dump();
                const auto& source = row.at("source");
                const auto texts = source.is_array() ? source : json::array({source});
                ASSERT_FALSE(texts.empty()) << row.dump();
                for (const auto& text : texts) EXPECT_GT(text.get<std::string>().size(), 10U) << row.dump();
            }
        }
    }
    EXPECT_GT(rows, 100U);
}

TEST(CatalogueFiles, HoldEveryMinorThatCribIsAbout) {
    for (unsigned minor = 20; minor <= 36; ++minor) {
        const auto wanted = "1." + std::to_string(minor);
        for (const auto* component : {"kubernetes", "cri-o"}) {
            EXPECT_TRUE(real_catalogue().resolve(component, wanted).version) << component << ' ' << wanted;
        }
    }
}

TEST(CatalogueFiles, SayWhyAFigureOfAnOperatingSystemIsMissing) {
    for (const auto& os : real_catalogue().operating_systems()) {
        const auto explained = [&](const char* figure, bool there) {
            EXPECT_TRUE(there || os.left_out.contains(figure)) << os.name << ' ' << figure;
        };
        explained("kernel", !os.kernel.empty());
        explained("systemd", !os.systemd.empty());
        explained("python", !os.python.empty());
        explained("packages", !os.packages.empty());
    }
}

TEST(Catalogue, KnowsWhatKubeadmOfThatPatchRuns) {
    const auto newest = real_catalogue().kubernetes("1.36.3");
    EXPECT_EQ(newest.images.pause, "3.10.2");
    EXPECT_EQ(newest.images.etcd, "3.6.8-0");
    EXPECT_EQ(newest.images.coredns, "v1.14.2");
    EXPECT_EQ(real_catalogue().kubernetes("1.31.0").images.coredns, "v1.11.1");
    EXPECT_EQ(real_catalogue().kubernetes("1.31.13").images.etcd, "3.5.15-0");
    EXPECT_EQ(real_catalogue().kubernetes("1.31.14").images.etcd, "3.5.24-0");
}

TEST(Catalogue, KnowsHowKubernetesChanged) {
    const auto old = real_catalogue().kubernetes("1.20.15");
    EXPECT_EQ(old.kubeadm_api, "v1beta2");
    EXPECT_THAT(old.cri_apis, ElementsAre("v1alpha2"));
    EXPECT_EQ(old.cgroup_driver, "cgroupfs");
    EXPECT_TRUE(old.swap_is_an_error);
    EXPECT_THAT(old.control_plane_taints, ElementsAre("node-role.kubernetes.io/master"));
    EXPECT_FALSE(old.maintained);
    const auto now = real_catalogue().kubernetes("1.36.0");
    EXPECT_THAT(now.kubeadm_apis, ElementsAre("v1beta3", "v1beta4"));
    EXPECT_EQ(now.kubeadm_api, "v1beta4");
    EXPECT_EQ(now.cgroup_v1, "refused");
    EXPECT_EQ(now.oldest_kubelet, *parse_version("1.33"));
    EXPECT_THAT(now.control_plane_taints, ElementsAre("node-role.kubernetes.io/control-plane"));
    EXPECT_TRUE(now.maintained);
    EXPECT_THAT(real_catalogue().kubernetes("1.24.17").control_plane_taints,
                ElementsAre("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"));
}

TEST(Catalogue, KnowsHowCriOChanged) {
    EXPECT_EQ(real_catalogue().cri_o("1.27.0").pause_image, "registry.k8s.io/pause:3.6");
    EXPECT_EQ(real_catalogue().cri_o("1.27.1").pause_image, "registry.k8s.io/pause:3.9");
    EXPECT_EQ(real_catalogue().cri_o("1.30.14").default_runtime, "runc");
    EXPECT_EQ(real_catalogue().cri_o("1.30.14").packaged_runtime, "crun");
    EXPECT_EQ(real_catalogue().cri_o("1.31.0").default_runtime, "crun");
    EXPECT_EQ(real_catalogue().cri_o("1.21.0").alias, "");
    EXPECT_EQ(real_catalogue().cri_o("1.22.0").alias, "cri-o.service");
    EXPECT_EQ(real_catalogue().cri_o("1.36.3").runtime_spec, "1.3");
    EXPECT_EQ(real_catalogue().cri_o("1.25.5").runtime_spec, "1.1");
}

TEST(Catalogue, KnowsWhatFlannelAndTheCniPluginsBring) {
    EXPECT_EQ(real_catalogue().flannel("0.18.1").namespace_, "kube-system");
    EXPECT_TRUE(real_catalogue().flannel("0.18.1").pod_security_policy);
    EXPECT_EQ(real_catalogue().flannel("0.19.0").namespace_, "kube-flannel");
    EXPECT_EQ(real_catalogue().flannel("0.14.0").plugin_image, "");
    EXPECT_EQ(real_catalogue().flannel("0.28.10").cni_version, "1.0.0");
    EXPECT_TRUE(real_catalogue().cni_plugins("0.9.1").flannel);
    EXPECT_FALSE(real_catalogue().cni_plugins("1.0.0").flannel);
}

TEST(Catalogue, KnowsWhichKubeletFlagsAreGone) {
    const auto gone = [](const char* kubelet) {
        std::vector<std::string> flags;
        for (const auto& flag : real_catalogue().removed_kubelet_flags(*parse_version(kubelet)))
            flags.push_back(flag.flag);
        return flags;
    };
    EXPECT_THAT(gone("1.21.14"), IsEmpty());
    EXPECT_THAT(gone("1.26.15"), Not(testing::Contains("--container-runtime")));
    EXPECT_THAT(gone("1.27.0"), testing::Contains("--container-runtime"));
    EXPECT_THAT(gone("1.24.0"), testing::Contains("--network-plugin"));
}

TEST(Catalogue, KnowsWhereAVersionIsToBeHad) {
    const auto& known = real_catalogue();
    EXPECT_TRUE(known.find("kubernetes", "1.36.3")->comes_from(Source::modules));
    EXPECT_TRUE(known.find("kubernetes", "1.36.3")->comes_from(Source::upstream));
    EXPECT_TRUE(known.find("kubernetes", "1.36.3")->comes_from(Source::local));
    EXPECT_FALSE(known.find("kubernetes", "1.35.7")->comes_from(Source::modules));
    EXPECT_FALSE(known.find("kubernetes", "1.23.17")->comes_from(Source::upstream));
    EXPECT_TRUE(known.find("kubernetes", "1.24.0")->comes_from(Source::upstream));
    EXPECT_FALSE(known.find("cri-o", "1.35.6")->comes_from(Source::modules));
    EXPECT_EQ(known.find("cri-o", "1.20.8"), nullptr);
}

TEST(Catalogue, KnowsTheRepositoriesOfItsTime) {
    const auto tutorial = real_catalogue().repositories("cri-o", "1.20.0");
    ASSERT_EQ(tutorial.size(), 1U);
    EXPECT_EQ(tutorial[0].state, Repository::State::unmaintained);
    const auto& os = real_catalogue().os("ubuntu-18.04");
    EXPECT_EQ(
        fill(tutorial[0].deb->lines[1], *parse_version("1.20.0"), os.kubic),
        "deb http://download.opensuse.org/repositories/devel:/kubic:/libcontainers:/stable:/cri-o:/1.20/xUbuntu_18.04/ "
        "/");
    const auto of_its_time = real_catalogue().repositories("cri-o", "1.28.11");
    ASSERT_EQ(of_its_time.size(), 3U);
    EXPECT_EQ(of_its_time[0].name, "isv");
    EXPECT_EQ(of_its_time[2].name, "addons");
    const auto both = real_catalogue().repositories("kubernetes", "1.28.15");
    ASSERT_GE(both.size(), 2U);
    EXPECT_EQ(both[0].name, "pkgs.k8s.io");
    EXPECT_EQ(both.back().name, "apt.kubernetes.io");
    EXPECT_EQ(fill(both[0].deb->keys[0], *parse_version("1.28.15"), ""),
              "https://pkgs.k8s.io/core:/stable:/v1.28/deb/Release.key");
    EXPECT_EQ(fill(both[0].pin, *parse_version("1.28.15"), ""), "1.28.15-*");
}

TEST(Catalogue, RefusesWhatItDoesNotKnowAndSaysWhatIsNear) {
    const auto hint = [](auto look) -> std::string {
        try {
            static_cast<void>(look());
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.hint();
        }
        return "no error";
    };
    EXPECT_EQ(hint([] { return real_catalogue().kubernetes("1.36.9"); }), "the newest 1.36 is 1.36.3");
    EXPECT_EQ(hint([] { return real_catalogue().os("debain-12"); }), "did you mean debian-12?");
    EXPECT_THAT(hint([] { return real_catalogue().repository("cri-o", "kubics"); }), HasSubstr("kubic"));
}

// The real files with one of them changed.
void read_with(const std::string& file, const std::string& pointer, const json& value) {
    const TempFolder folder(fs::temp_directory_path(), "crib-catalogue");
    for (const auto& entry : fs::directory_iterator(kFolder)) fs::copy(entry.path(), folder.path());
    auto document = json::parse(read_file(folder.path() / file));
    document[json::json_pointer(pointer)] = value;
    write_file(folder.path() / file, document.dump());
    static_cast<void>(Catalogue::read(folder.path(), folder.path() / "none"));
}

TEST(CatalogueFiles, AreRefusedWithThePlaceOfTheMistake) {
    const auto message = [](const std::string& file, const std::string& pointer, const json& value) -> std::string {
        try {
            read_with(file, pointer, value);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    };
    EXPECT_THAT(message("kubernetes.json", "/minors/3/state", "old"),
                HasSubstr("kubernetes.json#/minors/3/state: must be one of maintained, ended"));
    EXPECT_THAT(message("kubernetes.json", "/minors/0/sauce", "x"),
                HasSubstr("/minors/0: unknown key \"sauce\", did you mean \"source\"?"));
    EXPECT_THAT(message("kubernetes.json", "/minors/0/source", json::array()), HasSubstr("must name its source"));
    EXPECT_THAT(message("kubernetes.json", "/minors/0/images/0/from", 1), HasSubstr("from patch 0"));
    EXPECT_THAT(message("cri-o.json", "/minors/0/patches", json::array()), HasSubstr("must have patches"));
    EXPECT_THAT(message("cri-o.json", "/minors/0/repositories", json::array({"kubics"})), HasSubstr("no repository"));
    EXPECT_THAT(message("flannel.json", "/versions/0/source", ""), HasSubstr("must name its source"));
    EXPECT_THAT(message("operating-systems.json", "/systems/0/swap", "no"), HasSubstr("must be true or false"));
}

}  // namespace
}  // namespace crib::catalogue
