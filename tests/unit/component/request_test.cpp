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

TEST(BillOfMaterials, HoldsEverythingThatTheTutorialsVersionsNeed) {
    const auto bill = bill_of_materials(Table(shipped), {"1.36.3", "1.36.3", "0.28.10"});
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
