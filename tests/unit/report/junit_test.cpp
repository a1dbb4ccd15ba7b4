#include "harness/report/junit.h"

#include "harness/base/file.h"
#include "tests/unit/report/sample_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <pugixml.hpp>

namespace crib::report {
namespace {

using events::Outcome;

pugi::xml_document parsed(const std::string& text) {
    pugi::xml_document document;
    EXPECT_TRUE(document.load_string(text.c_str())) << text;
    return document;
}

TEST(Junit, IsAsInTheGoldenFile) {
    const auto golden = std::string(CRIB_SOURCE_DIR) + "/tests/golden/report/junit.xml";
    const auto text = to_junit(failed_run());
    if (std::getenv("CRIB_UPDATE_GOLDEN") != nullptr) write_file(golden, text);
    EXPECT_EQ(text, read_file(golden));
}

TEST(Junit, NeverMixesFailedWithErrorOrSkipped) {
    const auto document = parsed(to_junit(failed_run()));
    const auto suite = document.child("testsuites").child("testsuite");
    EXPECT_STREQ(suite.attribute("tests").value(), "5");
    EXPECT_STREQ(suite.attribute("failures").value(), "2");
    EXPECT_STREQ(suite.attribute("errors").value(), "1");
    EXPECT_STREQ(suite.attribute("skipped").value(), "1");
}

TEST(Junit, SurvivesAnythingThatAGuestPrints) {
    auto record = failed_run();
    for (int byte = 1; byte < 256; ++byte) record.steps.front().reason += static_cast<char>(byte);
    record.steps.front().outcome = Outcome::failed;
    record.steps.front().output_tail = "]]> \xEF\xBF\xBE </failure>";
    const auto document = parsed(to_junit(record));
    EXPECT_EQ(document.select_nodes("//failure").size(), 3U);
}

TEST(Junit, OfARunThatDiedSaysSo) {
    auto record = passed_run();
    record.complete = false;
    const auto document = parsed(to_junit(record));
    const auto error = document.select_node("//testcase[@name='run']/error").node();
    EXPECT_STREQ(error.attribute("message").value(), "the run did not come to its end");
}

TEST(Junit, OfAHostErrorHasACaseThatSaysWhy) {
    auto record = passed_run();
    record.finished.outcome = Outcome::error;
    record.finished.reason = "QEMU was killed";
    const auto document = parsed(to_junit(record));
    EXPECT_STREQ(document.select_node("//testcase[@name='run']/error").node().attribute("message").value(),
                 "QEMU was killed");
    EXPECT_STREQ(document.child("testsuites").attribute("errors").value(), "1");
}

TEST(Junit, OfAnInterruptedRunIsNotGreen) {
    auto record = passed_run();
    record.finished.outcome = Outcome::interrupted;
    const auto document = parsed(to_junit(record));
    EXPECT_STREQ(document.select_node("//error").node().attribute("type").value(), "interrupted");
}

TEST(Junit, OfAFailureThatWasExpectedIsGreenAndSaysSo) {
    events::RunRecord record;
    record.steps = {{"kubeadm-init", "kubeadm init", "master", Outcome::failed, 1, "exit code 1", "swap is on", {}}};
    record.finished.outcome = Outcome::passed;
    record.finished.expected = "kubeadm-init";
    record.finished.as_expected = true;
    record.complete = true;
    const auto document = parsed(to_junit(record));
    const auto suite = document.child("testsuites").child("testsuite");
    EXPECT_STREQ(suite.attribute("failures").value(), "0");
    EXPECT_STREQ(suite.child("testcase").child("system-out").text().get(),
                 "failed as expected: exit code 1\nswap is on");
    EXPECT_FALSE(suite.child("testcase").child("failure"));
}

TEST(Junit, OfARunThatWasToFailSaysWhatWasExpected) {
    auto record = passed_run();
    record.finished.outcome = Outcome::failed;
    record.finished.expected = "kubeadm-init";
    record.finished.reason = "was to fail at kubeadm-init, but passed";
    const auto document = parsed(to_junit(record));
    const auto suite = document.child("testsuites").child("testsuite");
    EXPECT_STREQ(suite.attribute("failures").value(), "1");
    EXPECT_STREQ(suite.find_child_by_attribute("testcase", "name", "run").child("failure").attribute("message").value(),
                 "was to fail at kubeadm-init, but passed");
}

TEST(Junit, OfAGoodRunHasNothingToComplainAbout) {
    const auto document = parsed(to_junit(passed_run()));
    EXPECT_FALSE(document.select_node("//failure | //error | //skipped"));
    EXPECT_STREQ(document.select_node("//testcase[2]").node().attribute("time").value(), "1.500");
}

}  // namespace
}  // namespace crib::report
