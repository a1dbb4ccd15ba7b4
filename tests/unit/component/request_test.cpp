// What is asked of the store: sources, and the list of all that a cluster needs.

#include "harness/component/request.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>

namespace crib::component {
namespace {

namespace fs = std::filesystem;

const fs::path shipped = fs::path(CRIB_SOURCE_DIR) / "fixtures/components";

WantedVersions tutorial(const std::string& kubernetes, const std::string& cri_o, const std::string& flannel) {
    return {{"kubernetes", kubernetes}, {"cri-o", cri_o}, {"flannel", flannel}, {"nginx", "debian"}};
}

TEST(BillOfMaterials, HoldsEverythingThatTheTutorialsVersionsNeed) {
    const auto bill = bill_of_materials(Table(shipped), tutorial("1.36.3", "1.36.3", "0.28.10"));
    for (const Request& needed : std::vector<Request>{{"kubernetes", "1.36.3", {}},
                                                      {"cri-o", "1.36.3", {}},
                                                      {"flannel", "0.28.10", {}},
                                                      {"flannel-cni-plugin", "1.9.1-flannel3", {}},
                                                      {"etcd", "3.6.8", {}},
                                                      {"coredns", "1.14.2", {}},
                                                      {"pause", "3.10.2", {}},
                                                      {"pause", "3.10.1", {}},
                                                      {"cni-plugins", "1.9.1", {}},
                                                      {"cri-tools", "1.36.0", {}},
                                                      {"nginx", "debian", {}}}) {
        EXPECT_EQ(std::count(bill.begin(), bill.end(), needed), 1) << needed.name << " " << needed.version;
    }
}

// From kubeadm's own constants at these releases.
TEST(BillOfMaterials, HoldsTheEtcdCorednsAndPauseOfTheKubernetesRelease) {
    const std::map<std::string, std::vector<Request>> expected{
        {"1.34.10", {{"etcd", "3.6.5", {}}, {"coredns", "1.12.1", {}}, {"cni-plugins", "1.7.1", {}}}},
        {"1.35.6", {{"etcd", "3.6.6", {}}, {"coredns", "1.13.1", {}}, {"cni-plugins", "1.8.0", {}}}},
        {"1.36.0", {{"etcd", "3.6.8", {}}, {"coredns", "1.14.2", {}}, {"cni-plugins", "1.9.1", {}}}}};
    for (const auto& [version, companions] : expected) {
        const auto bill = bill_of_materials(Table(shipped), tutorial(version, "1.36.1", "0.28.10"));
        for (const Request& one : companions) {
            const auto is_namesake = [&](const Request& other) { return other.name == one.name; };
            EXPECT_EQ(std::count(bill.begin(), bill.end(), one), 1) << version << ": " << one.name;
            EXPECT_EQ(std::count_if(bill.begin(), bill.end(), is_namesake), 1) << version << ": " << one.name;
        }
        const std::string pause = version == "1.36.0" ? "3.10.2" : "3.10.1";
        EXPECT_EQ(std::count(bill.begin(), bill.end(), Request{"pause", pause, {}}), 1) << version;
    }
}

TEST(BillOfMaterials, HoldsNothingOfACriOThatNobodyWants) {
    const auto bill =
        bill_of_materials(Table(shipped), {{"kubernetes", "1.36.3"}, {"flannel", "0.28.10"}, {"nginx", "debian"}});
    for (const auto& request : bill) {
        EXPECT_NE(request.name, "cri-o");
        EXPECT_NE(request, (Request{"pause", "3.10.1", {}})) << "that is CRI-O's own choice";
    }
    EXPECT_EQ(std::count(bill.begin(), bill.end(), Request{"cri-tools", "1.36.0", {}}), 1);
}

TEST(BillOfMaterials, ServesACheckoutOfAVersionThatIsNotOnOffer) {
    const Source local{Source::Kind::local, "/somewhere/cri-o"};
    const auto versions = tutorial("1.34.10", "1.34.11", "0.28.10");
    const auto bill = bill_of_materials(Table(shipped), versions, {{"cri-o", local}});
    EXPECT_EQ(std::count(bill.begin(), bill.end(), Request{"cri-o", "1.34.11", local}), 1);
    EXPECT_THROW(static_cast<void>(bill_of_materials(Table(shipped), versions)), Error);
}

TEST(SelectedRequests, AreEveryVersionOfAComponentOrTheOneNamed) {
    const Table table(shipped);
    const auto all = select_requests(table, {"kubernetes"});
    ASSERT_EQ(all.size(), table.versions("kubernetes").size());
    EXPECT_EQ(all.back().version, "1.34.10");
    EXPECT_EQ(select_requests(table, {"kubernetes@1.35.6", "cri-o@1.36.1"}),
              (std::vector<Request>{{"kubernetes", "1.35.6", {}}, {"cri-o", "1.36.1", {}}}));
    EXPECT_EQ(select_requests(table, {"kubernetes@1.35.6", "kubernetes", "kubernetes"}).size(), all.size());
    EXPECT_GT(select_requests(table, {}).size(), all.size());
    for (const std::string word : {"kubernets", "kubernetes@1.35.99", "kubernetes@"}) {
        EXPECT_THROW(static_cast<void>(select_requests(table, {word})), Error) << word;
    }
}

TEST(SelectedRequests, NameAVersionBehindTheirSign) {
    for (const std::string word : {"kubernetes@", "kubernetes@=upstream"}) {
        try {
            static_cast<void>(select_requests(Table(shipped), {word}));
            ADD_FAILURE() << word << " was accepted";
        } catch (const Error& error) {
            EXPECT_EQ(error.what(), "\"" + word + "\" names no version");
        }
    }
}

TEST(SelectedRequests, MayBeOfACheckoutThatIsCalledByAnyVersion) {
    const TempFolder folder(fs::temp_directory_path());
    write_file(folder.path() / "go.mod", "module x\n");
    const Table table(shipped);
    const std::string source = "local:" + folder.path().string();
    const Source local = parse_source(source);
    EXPECT_EQ(select_requests(table, {"cri-o@1.34.11=" + source}), (std::vector<Request>{{"cri-o", "1.34.11", local}}));
    EXPECT_EQ(select_requests(table, {"cri-o=" + source}),
              (std::vector<Request>{{"cri-o", table.versions("cri-o").back(), local}}));
    EXPECT_THROW(static_cast<void>(select_requests(table, {"crio=" + source})), Error);
    EXPECT_THROW(static_cast<void>(select_requests(table, {"cri-o=upstreem"})), Error);
}

TEST(SelectedRequests, MayBeOfAPublisherAtAVersionThatIsNotBuiltHere) {
    const Table table(shipped);
    const Source upstream{Source::Kind::upstream, {}};
    const auto requests = select_requests(table, {"kubernetes@1.31.4=upstream"});
    EXPECT_EQ(requests, (std::vector<Request>{{"kubernetes", "1.31.4", upstream}}));
    EXPECT_EQ(requirements_of(table, requests.at(0)).at("pause"), "3.10");
}

TEST(BillOfMaterials, KeepsTheSourceThatWasAskedFor) {
    const Source local{Source::Kind::local, "/somewhere/cri-o"};
    const auto bill = with_requirements(Table(shipped), {{"cri-o", "1.36.3", local}});
    EXPECT_EQ(bill.back(), (Request{"cri-o", "1.36.3", local}));
}

TEST(ComponentSource, IsModulesOrACheckoutThatHasAGoMod) {
    const TempFolder folder(fs::temp_directory_path());
    write_file(folder.path() / "go.mod", "module x\n");
    EXPECT_EQ(parse_source("modules"), Source{});
    const Source local = parse_source("local:" + folder.path().string());
    EXPECT_EQ(local.kind, Source::Kind::local);
    EXPECT_EQ(parse_source(to_string(local)), local);
}

TEST(ComponentSource, IsRefusedWithTheCureWhenItIsAnythingElse) {
    const TempFolder empty(fs::temp_directory_path());
    for (const std::string& text : {std::string("upstreem"), std::string("local:"), "local:" + empty.path().string()}) {
        try {
            static_cast<void>(parse_source(text));
            ADD_FAILURE() << text << " was accepted";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage) << text;
            EXPECT_FALSE(error.hint().empty()) << text;
        }
    }
}

}  // namespace
}  // namespace crib::component
