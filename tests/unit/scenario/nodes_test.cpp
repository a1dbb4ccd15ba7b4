// What a node may say of itself beside its name and role.

#include "tests/unit/scenario/scenario_text.h"

#include <gmock/gmock.h>

namespace crib::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(ScenarioNode, MayHaveADiskOfItsOwnSize) {
    EXPECT_EQ(read_it(with_worker(R"("disk": "24GiB")")).nodes[1].disk, ByteSize::gib(24));
    EXPECT_EQ(read_it(kGood).nodes[1].disk.bytes, 0U);
    EXPECT_THAT(complaints(with_worker(R"("disk": "1GiB")")),
                HasSubstr("$.nodes[1].disk: 1 GiB is less than a node needs, 4 GiB"));
    EXPECT_THAT(complaints(with_worker(R"("disk": "big")")), HasSubstr("\"big\" is not an amount of disk"));
}

TEST(ScenarioNode, MayHaveLabelsAsKubernetesAllowsThem) {
    const auto labels =
        read_it(with_worker(R"("labels": {"zone": "a", "crib.test/rack": 7, "empty": ""})")).nodes[1].labels;
    EXPECT_THAT(labels, ElementsAre(Pair("crib.test/rack", "7"), Pair("empty", ""), Pair("zone", "a")));
}

TEST(ScenarioNode, IsToldWhichLabelKubernetesWouldRefuse) {
    const auto labelled = [](const std::string& key, const std::string& value) {
        return complaints(with_worker("\"labels\": {\"" + key + "\": \"" + value + "\"}"));
    };
    EXPECT_THAT(labelled("zo ne", "a"), HasSubstr("\"zo ne\": a key is of letters, digits, -, _ and ."));
    EXPECT_THAT(labelled("-zone", "a"), HasSubstr("begins and ends with a letter or digit"));
    EXPECT_THAT(labelled("", "a"), HasSubstr("a key cannot be empty"));
    EXPECT_THAT(labelled("Crib.test/rack", "a"), HasSubstr("the part before the / is a DNS name in lower case"));
    EXPECT_THAT(labelled("a..b/rack", "a"), HasSubstr("is a DNS name"));
    EXPECT_THAT(labelled("crib.test/", "a"), HasSubstr("nothing stands behind the /"));
    EXPECT_THAT(labelled("a/b/c", "a"), HasSubstr("the part of a key behind the / is of letters"));
    EXPECT_THAT(labelled(std::string(64, 'k'), "a"), HasSubstr("at most 63 characters, this one has 64"));
    EXPECT_THAT(labelled(std::string(254, 'k') + "/k", "a"), HasSubstr("at most 253 characters, this one has 254"));
    EXPECT_THAT(labelled("zone", "a/b"), HasSubstr("\"a/b\": a value is of letters"));
    EXPECT_THAT(labelled("zone", std::string(64, 'v')), HasSubstr("a value has at most 63"));
}

TEST(ScenarioNode, MayHaveTaintsOfItsOwn) {
    const auto node = read_it(with_worker(R"("taints": ["a=b:NoSchedule", "crib.test/c:NoExecute"])")).nodes[1];
    EXPECT_TRUE(node.own_taints);
    ASSERT_EQ(node.taints.size(), 2U);
    EXPECT_EQ(node.taints[0].key, "a");
    EXPECT_EQ(node.taints[0].value, "b");
    EXPECT_EQ(node.taints[0].effect, "NoSchedule");
    EXPECT_EQ(node.taints[1].key, "crib.test/c");
    EXPECT_EQ(node.taints[1].value, "");
}

TEST(ScenarioNode, CanDoWithoutKubeadmsTaint) {
    const auto node = read_it(with_worker("\"taints\": []")).nodes[1];
    EXPECT_TRUE(node.own_taints);
    EXPECT_THAT(node.taints, IsEmpty());
    EXPECT_FALSE(read_it(kGood).nodes[0].own_taints);
}

TEST(ScenarioNode, IsToldWhichTaintKubernetesWouldRefuse) {
    const auto tainted = [](const std::string& taints) {
        return complaints(with_worker("\"taints\": [" + taints + "]"));
    };
    EXPECT_THAT(tainted(R"("a=b")"), AllOf(HasSubstr("s.json:7:86: $.nodes[1].taints[0]: \"a=b\" is not a taint"),
                                           HasSubstr("KEY=VALUE:EFFECT")));
    EXPECT_THAT(tainted(R"("a:NoScedule")"),
                AllOf(HasSubstr("unknown effect"), HasSubstr("did you mean \"NoSchedule\"")));
    EXPECT_THAT(tainted(R"("=b:NoExecute")"), HasSubstr("a key cannot be empty"));
    EXPECT_THAT(tainted(R"("a=b c:NoExecute")"), HasSubstr("a value is of letters"));
    EXPECT_THAT(tainted(R"("a=b:NoExecute", "a=c:NoExecute")"),
                HasSubstr("a second taint of key a and effect NoExecute"));
    EXPECT_EQ(tainted(R"("a=b:NoExecute", "a=b:NoSchedule")"), "");
}

TEST(ScenarioNodes, AreToldTheWordForAKeyThatIsCalledOtherwiseElsewhere) {
    const auto text = with_worker(R"("image": "debian-13")");
    EXPECT_THAT(complaints(text), HasSubstr("$.nodes[1].image: unknown key \"image\"\n    did you mean \"os\"?"));
    EXPECT_THAT(complaints(with_worker(R"("ram": "2GiB")")), HasSubstr("did you mean \"memory\"?"));
    EXPECT_THAT(complaints(spoilt("\"os\":", "\"image\":")), HasSubstr("did you mean \"os\"?"));
}

TEST(ScenarioNodes, ThatNameTheirSystemByAnotherWordAreNotAlsoToldThatTheyHaveNone) {
    const auto text = R"({"versions": {"kubernetes": "1.36.3", "cri-o": "1.36.3", "flannel": "0.28.10"},
                          "nodes": [{"name": "master", "role": "control-plane", "image": "debian-13"}]})";
    EXPECT_EQ(load_it(text).diagnostics.size(), 1U) << complaints(text);
}

}  // namespace
}  // namespace crib::scenario
