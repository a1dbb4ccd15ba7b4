#include "harness/report/matrix_grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>

namespace crib::report {
namespace {

using events::CellRecord;
using events::MatrixRecord;
using events::Outcome;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

CellRecord cell(const std::map<std::string, std::string>& values, std::optional<Outcome> outcome = Outcome::passed,
                const std::string& reason = {}) {
    CellRecord record;
    for (const auto& [path, value] : values) record.id += (record.id.empty() ? "" : ",") + value;
    record.values = values;
    record.outcome = outcome;
    record.reason = reason;
    if (outcome && outcome != Outcome::skipped) {
        record.took = 545s;
        record.run = "versions-abcd";
    }
    return record;
}

MatrixRecord versions() {
    MatrixRecord record;
    record.id = "versions-x7k2";
    record.scenario = "versions";
    record.took = 1000s;
    record.axes = {{"os", {"debian-12", "debian-13"}},
                   {"parameters.runtime", {"crun", "runc"}},
                   {"versions.kubernetes", {"1.34.10", "1.35.6", "1.36.3"}}};
    const auto at = [](const char* os, const char* runtime, const char* kubernetes) {
        return std::map<std::string, std::string>{
            {"os", os}, {"parameters.runtime", runtime}, {"versions.kubernetes", kubernetes}};
    };
    record.cells = {cell(at("debian-12", "crun", "1.34.10")),
                    cell(at("debian-12", "crun", "1.36.3"), Outcome::failed, "kubeadm-init on master: exited with 1"),
                    cell(at("debian-13", "runc", "1.35.6"), Outcome::error, "no room"),
                    cell(at("debian-13", "crun", "1.36.3"), Outcome::skipped, "interrupted")};
    record.excluded = {{"debian-12,runc,1.35.6", at("debian-12", "runc", "1.35.6"), {"runc is too old"}}};
    record.waits = {{"memory", 350s}};
    return record;
}

TEST(MatrixGrid, OfThreeAxesHasOneAcrossAndTheOthersDown) {
    EXPECT_EQ(matrix_grid(versions()),
              "versions.kubernetes across\n"
              "os         parameters.runtime  1.34.10       1.35.6       1.36.3\n"
              "debian-12  crun                passed 9m05s  -            FAILED 9m05s\n"
              "           runc                -             excluded     -\n"
              "debian-13  crun                -             -            skipped\n"
              "           runc                -             ERROR 9m05s  -\n");
}

TEST(MatrixGrid, OfOneAxisIsAList) {
    MatrixRecord record;
    record.axes = {{"os", {"a", "b"}}, {"recipe", {"r"}}};
    record.cells = {cell({{"os", "a"}, {"recipe", "r"}}), cell({{"os", "b"}, {"recipe", "r"}}, std::nullopt)};
    EXPECT_EQ(matrix_grid(record),
              "recipe = r\n"
              "os  outcome\n"
              "a   passed 9m05s\n"
              "b   to run\n");
}

TEST(MatrixGrid, OfTwoAxesPutsTheOneWithMoreValuesAcrossWhereItFits) {
    MatrixRecord record;
    record.axes = {{"a", {"1", "2", "3"}}, {"b", {"x", "y"}}};
    record.cells = {cell({{"a", "3"}, {"b", "y"}})};
    EXPECT_EQ(matrix_grid(record),
              "a across\n"
              "b  1  2  3\n"
              "y  -  -  passed 9m05s\n");
    for (int i = 0; i < 20; ++i) record.axes[0].values.push_back(std::to_string(10 + i));
    EXPECT_THAT(matrix_grid(record), HasSubstr("b across\na  x  y\n"));
}

TEST(MatrixGrid, ShowsIncludedCellsBelow) {
    auto record = versions();
    record.cells.push_back(cell({{"os", "debian-11"}}));
    EXPECT_THAT(matrix_grid(record), HasSubstr("\nother cells\ndebian-11  passed 9m05s\n"));
}

TEST(MatrixDetails, SayWhatWentWrongWhatWasExcludedAndWhatWasWaitedFor) {
    const auto text = matrix_details(versions());
    EXPECT_THAT(
        text, HasSubstr("failed debian-12,crun,1.36.3: kubeadm-init on master: exited with 1\n    run versions-abcd"));
    EXPECT_THAT(text, HasSubstr("error debian-13,runc,1.35.6: no room"));
    EXPECT_THAT(text, HasSubstr("excluded 1: runc is too old\n    debian-12,runc,1.35.6\n"));
    EXPECT_THAT(text, HasSubstr("waited for memory: 5m50s (35 % of the time"));
}

TEST(MatrixDetails, AdviseLogsOnlyWhereThereAreSome) {
    auto record = versions();
    record.cells[2].run = "versions-efgh";
    record.cells[2].folder = "/runs/versions-efgh";
    const auto text = matrix_details(record, [](const CellRecord& cell) { return cell.run == "versions-abcd"; });
    EXPECT_THAT(text, HasSubstr("    run versions-abcd: crib logs versions-abcd\n"));
    EXPECT_THAT(text, HasSubstr("    run versions-efgh: record /runs/versions-efgh\n"));
    EXPECT_THAT(matrix_details(
                    record, [](const CellRecord&) { return true; }, NextCommand("sd")),
                HasSubstr("    run versions-abcd: crib --state sd logs versions-abcd\n"));
}

TEST(MatrixDetails, NameEachReasonOnceWithAllTheCellsItIsOf) {
    MatrixRecord record;
    record.excluded = {{"a", {}, {"one"}}, {"b", {}, {"one", "two"}}, {"c", {}, {"two", "one"}}};
    EXPECT_EQ(matrix_details(record),
              "excluded 3 cells, some for several reasons\n"
              "excluded 3: one\n    a  b  c\n"
              "excluded 2: two\n    b  c\n");
    for (int i = 0; i < 20; ++i) record.excluded.push_back({"d", {}, {"reason " + std::to_string(i)}});
    EXPECT_THAT(matrix_details(record), HasSubstr("and for 12 more reasons: --list --json has all\n"));
}

TEST(MatrixDetails, NameTheCellsThatWentOnFromACheckpoint) {
    auto record = versions();
    EXPECT_THAT(matrix_details(record), Not(HasSubstr("went on")));
    record.cells[0].went_on_from = record.cells[1].went_on_from = "network-ready";
    EXPECT_THAT(matrix_details(record), HasSubstr("went on from network-ready: 2 of 4 cells\n    debian-12,crun,1.34.10"
                                                  "  debian-12,crun,1.36.3\n"));
}

TEST(MatrixJunit, HasACaseForEachCellAndTellsErrorsFromFailures) {
    pugi::xml_document document;
    ASSERT_TRUE(document.load_string(to_junit(versions()).c_str()));
    const auto suite = document.child("testsuites").child("testsuite");
    EXPECT_STREQ(suite.attribute("tests").value(), "5");
    EXPECT_STREQ(suite.attribute("failures").value(), "1");
    EXPECT_STREQ(suite.attribute("errors").value(), "1");
    EXPECT_STREQ(suite.attribute("skipped").value(), "2");
    const auto failed = suite.find_child_by_attribute("name", "debian-12,crun,1.36.3");
    EXPECT_STREQ(failed.child("failure").attribute("message").value(), "kubeadm-init on master: exited with 1");
    EXPECT_STREQ(
        suite.find_child_by_attribute("name", "debian-12,runc,1.35.6").child("skipped").attribute("message").value(),
        "excluded: runc is too old");
}

}  // namespace
}  // namespace crib::report
