// The published schema: what it explains, and that it agrees with the reader.

#include "harness/scenario/schema.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "tests/unit/scenario/scenario_text.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace crib::scenario {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const fs::path kSource = CRIB_SOURCE_DIR;

Known with_schema() {
    auto offered = known();
    offered.schema = std::make_shared<const Schema>(kSource / "scenarios" / "scenario.schema.json");
    return offered;
}

std::string complaints_with_schema(const std::string& text, const std::vector<std::string>& sets = {}) {
    return to_string(load_text(text, "s.json", sets, with_schema()).diagnostics);
}

TEST(Schema, AgreesWithTheReaderOnWhatIsGood) {
    for (
        const auto& text :
        {kGood, with(R"("parameters": {"cpus": {"default": 3, "values": [2, 3]}}, "internet": "${parameters.cpus}")"),
         with_worker(R"("disk": "16GiB", "labels": {"a": 1}, "taints": [], "versions": {"kubernetes": "1.36.2"})"),
         with(R"("mutations": [{"set": {"RUNTIME": "runc"}, "nodes": ["worker"]}, {"skip": "swap-off"},
                                {"replace": "start-crio", "run": ["a", "b"], "title": "t"},
                                {"insert-before": "kubeadm-init", "id": "x", "title": "t", "run": "true"}],
                   "expect": {"fails-at": "x", "node": "master", "message": "m", "why": "w"})"),
         with(
             R"("matrix": {"axes": {"os": ["debian-12"]}, "exclude": [], "include": [], "expect": [], "limit": 5})")}) {
        const auto told = complaints_with_schema(text);
        EXPECT_THAT(told, testing::Not(HasSubstr("schema"))) << told;
    }
}

TEST(Schema, SaysNothingWhereTheReaderHasSpoken) {
    EXPECT_THAT(complaints_with_schema(spoilt("\"1800MiB\"", "1800")), testing::Not(HasSubstr("schema")));
}

TEST(Schema, IsNoTrapForTheTextOfAFlag) {
    EXPECT_EQ(complaints_with_schema(kGood, {"about=12"}), "");
}

TEST(Schema, IsASafetyNetForWhatTheReaderMisses) {
    const TempFolder folder(fs::temp_directory_path());
    write_file(folder.path() / "s.json", R"({"properties": {"os": {"const": "debian-12"}}})");
    auto offered = known();
    offered.schema = std::make_shared<const Schema>(folder.path() / "s.json");
    EXPECT_THAT(to_string(load_text(kGood, "s.json", {}, offered).diagnostics),
                testing::AllOf(StartsWith("s.json:3:9: $.os: does not fit the schema: "),
                               HasSubstr("\n    crib explain-field os says what it may be")));
}

TEST(Schema, NamesTheInnermostValuesThatDoNotFit) {
    const Schema schema(kSource / "scenarios" / "scenario.schema.json");
    const auto found =
        schema.findings(R"({"nodes": [{"name": "a", "role": "worker", "memroy": 1}, {"name": 2}], "os": 1})");
    std::vector<std::string> paths;
    for (const auto& finding : found) paths.push_back(finding.path);
    EXPECT_THAT(paths, Contains("$.nodes[0]"));
    EXPECT_THAT(paths, Contains("$.nodes[1].name"));
    EXPECT_THAT(paths, Contains("$.os"));
    EXPECT_THAT(paths, testing::Not(Contains("$")));
}

TEST(Schema, DescribesEveryKey) {
    const Schema schema(kSource / "scenarios" / "scenario.schema.json");
    const auto fields = schema.fields();
    EXPECT_THAT(fields, Contains("nodes.memory"));
    EXPECT_THAT(fields, Contains("versions.NAME"));
    EXPECT_THAT(fields, Contains("mutations.insert-before"));
    for (const auto& field : fields) {
        const auto lines = split_lines(schema.explain(field));
        ASSERT_GE(lines.size(), 2U) << field;
        EXPECT_THAT(lines[1], StartsWith("    ")) << field << " has no description";
        EXPECT_THAT(lines[1], testing::Not(HasSubstr("    in it"))) << field << " has no description";
    }
}

TEST(Schema, ExplainsAKeyByItsPath) {
    const Schema schema(kSource / "scenarios" / "scenario.schema.json");
    EXPECT_EQ(schema.explain("nodes.vcpus"),
              "nodes.vcpus: a whole number or a text\n"
              "    Its virtual CPUs, at least 2 for a control plane.\n"
              "    default: 2\n");
    EXPECT_EQ(schema.explain("$.nodes[0].vcpus"), schema.explain("nodes.vcpus"));
    EXPECT_THAT(schema.explain("versions.cri-o"), StartsWith("versions.NAME: a text\n"));
    EXPECT_THAT(schema.explain("expect"), HasSubstr("in it: fails-at, node, message, why"));
}

TEST(Schema, ExplainsAKeyOfAnElementByItsNumberOrName) {
    const Schema schema(kSource / "scenarios" / "scenario.schema.json");
    for (const auto* path : {"nodes.master.memory", "nodes.42.memory", "nodes[42].memory", "nodes[master].memory"}) {
        EXPECT_EQ(schema.explain(path), schema.explain("nodes.memory")) << path;
    }
    EXPECT_EQ(schema.explain("nodes.master.versions.cri-o"), schema.explain("nodes.versions.NAME"));
    EXPECT_EQ(schema.explain("matrix.axes.os[0]"), schema.explain("matrix.axes.NAME"));
}

TEST(Schema, TakesANumberForAnElementOfAListOnly) {
    const Schema schema(kSource / "scenarios" / "scenario.schema.json");
    for (const auto* path : {"42", "0", "$.0", "os.0", "os[0]", "nodes.0.0", "nodes.master.nope"}) {
        try {
            (void)schema.explain(path);
            ADD_FAILURE() << path << " is explained";
        } catch (const Error& error) {
            EXPECT_EQ(std::string(error.what()), std::string("a scenario has no key ") + path);
        }
    }
}

TEST(Schema, ExplainsWhatStandsInBracketsAsSetTakesIt) {
    const Schema schema(kSource / "scenarios" / "scenario.schema.json");
    EXPECT_EQ(schema.explain("nodes[master].labels[example.com/gpu]"), schema.explain("nodes.labels.NAME"));
    EXPECT_EQ(schema.explain("matrix.axes.versions.kubernetes"), schema.explain("matrix.axes.NAME"));
    EXPECT_THAT(schema.explain("matrix.expect[0].when.os"), StartsWith("matrix.expect.when.NAME: any value\n"));
    EXPECT_THAT(schema.explain("matrix.include.os"), StartsWith("matrix.include.NAME: any value\n"));
    for (const auto* path : {"nodes[", "nodes[]", "nodes..memory", ".name", "nodes.", "nodes]", "checks[http]"}) {
        EXPECT_THROW((void)schema.explain(path), Error) << path;
    }
}

TEST(Schema, NamesNoNearestKeyOfAWordThatIsLikeNone) {
    const Schema schema(kSource / "scenarios" / "scenario.schema.json");
    for (const auto* path : {"*", "\xff", "7"}) {
        try {
            (void)schema.explain(path);
            FAIL() << path;
        } catch (const Error& error) {
            EXPECT_EQ(error.hint(), "crib schema prints all of them") << path;
        }
    }
}

TEST(Schema, ExplainsAWholeScenarioWhereNoKeyIsNamed) {
    const Schema schema(kSource / "scenarios" / "scenario.schema.json");
    EXPECT_THAT(schema.explain(""), StartsWith("a scenario: an object\n    A cluster that crib boots"));
    EXPECT_THAT(schema.explain(""), HasSubstr("    in it: $schema, name, about, extends, "));
    EXPECT_EQ(schema.explain("$"), schema.explain(""));
}

TEST(Schema, ExplainsTheChecksAndTheirParameters) {
    const Schema schema(kSource / "scenarios" / "scenario.schema.json");
    EXPECT_THAT(schema.explain("checks"), HasSubstr("    in it: container-runtime, dns, http, "));
    EXPECT_EQ(schema.explain("checks.http"),
              "checks.http: an object\n"
              "    A pod answers over HTTP, by its own address or through a Service.\n"
              "    in it: pod, namespace, from, via, service, port, path, contains, timeout\n");
    EXPECT_EQ(schema.explain("$.checks[0].http.pod"),
              "checks.http.pod: a text\n    The pod's name.\n    default: \"nginx\"\n");
    EXPECT_THAT(schema.explain("checks.http.via"), HasSubstr("    one of: \"pod\" or \"service\"\n"));
    EXPECT_THAT(schema.explain("checks.pods-on-every-node.namespace"), HasSubstr("    must be given\n"));
}

TEST(Schema, RefusesANameThatIsNotOnOfferWithTheNearest) {
    const Schema schema(kSource / "scenarios" / "scenario.schema.json");
    const KnownNames known{{"versions.NAME", {"component", {"cri-o", "kubernetes"}}}};
    EXPECT_THAT(schema.explain("versions.cri-o", known), HasSubstr("    NAME is one of: cri-o, kubernetes\n"));
    EXPECT_THAT(schema.explain("versions.NAME", known), StartsWith("versions.NAME: a text\n"));
    try {
        (void)schema.explain("versions.kubernets", known);
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "versions.kubernets: there is no component \"kubernets\"");
        EXPECT_EQ(error.hint(), "did you mean kubernetes?");
    }
}

TEST(Schema, NamesTheNearestKeyForAnUnknownOne) {
    const Schema schema(kSource / "scenarios" / "scenario.schema.json");
    try {
        (void)schema.explain("nodes.memroy");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_EQ(error.hint(), "did you mean nodes.memory?");
    }
}

TEST(Schema, ThatIsNoneIsAnErrorWithTheFile) {
    const TempFolder folder(fs::temp_directory_path());
    write_file(folder.path() / "s.json", "{");
    EXPECT_THROW(Schema(folder.path() / "s.json"), Error);
    EXPECT_THROW(Schema(folder.path() / "none.json"), Error);
}

}  // namespace
}  // namespace crib::scenario
