#include "harness/checkpoint/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <random>
#include <set>

namespace crib::checkpoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Two stages with every kind of input.
KeyChain example() {
    const auto first =
        extend({}, "os-ready",
               {text("image debian-13", "ab12"), text("cpu model", "Nehalem"), text("memory of master", "2300 MiB"),
                content("step swap-off on master: script", "swapoff -a\n")});
    return extend(first, "runtime-ready",
                  {text("component cri-o 1.36.3", "modules abc"),
                   content("step install-crio on master: script", "apt-get install cri-o\n", "15-install-crio.sh"),
                   text("step install-crio on master: RUNTIME", "crun")});
}

std::string random_text(std::mt19937& random) {
    // Characters that separate things somewhere, and few others, so that texts are often alike.
    static constexpr std::string_view letters = "ab :=\n\t\"\\,[]0";
    std::string text;
    for (auto left = random() % 6; left > 0; --left) text += letters[random() % letters.size()];
    return text;
}

TEST(Keys, AreTheSameForTheSameInputs) {
    EXPECT_EQ(example(), example());
    EXPECT_EQ(key_of(example()).size(), 64U);
    EXPECT_TRUE(is_consistent(example()));
}

TEST(Keys, DoNotDependOnTheOrderOfEntries) {
    std::mt19937 random(1);
    auto entries = example()[1].entries;
    const auto parent = KeyChain{example()[0]};
    for (int i = 0; i < 50; ++i) {
        std::shuffle(entries.begin(), entries.end(), random);
        ASSERT_EQ(extend(parent, "runtime-ready", entries), example());
    }
}

TEST(Keys, ChangeWithAnyInput) {
    std::set<std::string> seen{key_of(example())};
    for (std::size_t stage = 0; stage < 2; ++stage) {
        const auto count = example()[stage].entries.size();
        for (std::size_t entry = 0; entry < count; ++entry) {
            const std::vector<std::function<void(std::vector<KeyEntry>&)>> changes{
                [&](auto& entries) { entries[entry].name += "x"; },
                [&](auto& entries) { entries[entry].value += "x"; },
                [&](auto& entries) { entries[entry].value.pop_back(); },
                [&](auto& entries) {
                    auto& kind = entries[entry].kind;
                    kind = kind == KeyEntry::Kind::text ? KeyEntry::Kind::digest : KeyEntry::Kind::text;
                },
                [&](auto& entries) { entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(entry)); },
                [&](auto& entries) { entries.push_back(entries[entry]); },
            };
            for (const auto& change : changes) {
                KeyChain changed;
                for (std::size_t i = 0; i < 2; ++i) {
                    auto entries = example()[i].entries;
                    if (i == stage) change(entries);
                    changed = extend(std::move(changed), example()[i].stage, std::move(entries));
                }
                EXPECT_TRUE(seen.insert(key_of(changed)).second) << "stage " << stage << ", entry " << entry;
            }
        }
    }
    const auto& one = example();
    EXPECT_TRUE(seen.insert(key_of(extend(KeyChain{one[0]}, "another-name", one[1].entries))).second);
    EXPECT_TRUE(seen.insert(key_of(extend({}, "runtime-ready", one[1].entries))).second) << "without its parent";
}

TEST(Keys, DoNotMistakeWhereOneTextEndsAndTheNextBegins) {
    const auto key = [](const std::vector<KeyEntry>& entries) { return key_of(extend({}, "s", entries)); };
    EXPECT_NE(key({text("flags", "-I -O2")}), key({text("flags", "-I-O2")}));
    EXPECT_NE(key({text("a b", "c")}), key({text("a", "b c")}));
    EXPECT_NE(key({text("a", "b"), text("c", "d")}), key({text("a", "b\ntext c d")}));
    EXPECT_NE(key({text("a", "b"), text("c", "d")}), key({text("a", "bc"), text("", "d")}));
    EXPECT_NE(key({content("script", "x")}), key({text("script", content("script", "x").value)}));
    EXPECT_NE(key_of(extend(extend({}, "a", {}), "b", {})), key_of(extend({}, "ab", {})));
}

TEST(Keys, OfManySimilarInputsAreAllDifferent) {
    std::mt19937 random(20261125);
    std::set<std::vector<std::pair<std::string, std::string>>> inputs;
    std::set<std::string> keys;
    for (int i = 0; i < 20'000; ++i) {
        std::vector<std::pair<std::string, std::string>> input;
        for (auto left = random() % 3; left > 0; --left) input.emplace_back(random_text(random), random_text(random));
        std::sort(input.begin(), input.end());
        std::vector<KeyEntry> entries;
        for (const auto& [name, value] : input) entries.push_back(text(name, value));
        inputs.insert(input);
        keys.insert(key_of(extend({}, "s", entries)));
    }
    EXPECT_EQ(keys.size(), inputs.size());
}

TEST(Keys, DoNotChangeWithALabel) {
    EXPECT_EQ(key_of(extend({}, "s", {content("script", "x", "a.sh")})),
              key_of(extend({}, "s", {content("script", "x", "b.sh")})));
}

TEST(Keys, KeepNoLongTextAndNothingThatWasGivenAsContent) {
    const std::string script(500, 's');
    EXPECT_EQ(text("script", script).kind, KeyEntry::Kind::digest);
    EXPECT_EQ(text("script", "two\nlines").kind, KeyEntry::Kind::digest);
    EXPECT_EQ(text("cpu model", "Nehalem").value, "Nehalem");
    EXPECT_THAT(to_text(extend({}, "s", {content("token", "s3cret")})), Not(HasSubstr("s3cret")));
}

TEST(Keys, AreWrittenForPeopleBelowTheirStage) {
    const auto words = to_text(example());
    EXPECT_THAT(words, HasSubstr("os-ready " + example()[0].key + "\n    cpu model: Nehalem\n"));
    EXPECT_THAT(words, HasSubstr("(15-install-crio.sh, 22 B)\n"));
}

TEST(Keys, TellAChainThatWasTamperedWith) {
    auto chain = example();
    chain[0].entries[0].value += "x";
    EXPECT_FALSE(is_consistent(chain));
}

// --- Why a checkpoint does not serve --------------------------------------------------------------------------------

class Explaining : public testing::Test {
protected:
    static KeyChain with(std::size_t stage, const std::string& name, const std::string& value) {
        KeyChain changed;
        for (std::size_t i = 0; i < 2; ++i) {
            auto entries = example()[i].entries;
            for (auto& entry : entries) {
                if (i == stage && entry.name == name) entry = text(name, value);
            }
            changed = extend(std::move(changed), example()[i].stage, std::move(entries));
        }
        return changed;
    }
};

TEST_F(Explaining, AHitNeedsNoWords) {
    const auto why = explain(example(), {with(0, "cpu model", "max"), example()});
    EXPECT_TRUE(why.hit);
    EXPECT_THAT(why.sentences, IsEmpty());
}

TEST_F(Explaining, NamesTheValueThatDiffers) {
    const auto why = explain(example(), {with(1, "component cri-o 1.36.3", "local def")});
    EXPECT_FALSE(why.hit);
    EXPECT_EQ(why.stage, "runtime-ready");
    EXPECT_THAT(why.sentences, ElementsAre("component cri-o 1.36.3: modules abc here, local def there"));
}

TEST_F(Explaining, ShowsScriptsByTheirDigestsAlone) {
    auto entries = example()[1].entries;
    for (auto& entry : entries) {
        if (entry.kind == KeyEntry::Kind::digest) entry = content(entry.name, "apt-get install cri-o crun\n");
    }
    const auto why = explain(example(), {extend(KeyChain{example()[0]}, "runtime-ready", entries)});
    ASSERT_EQ(why.sentences.size(), 1U);
    EXPECT_THAT(why.sentences[0], HasSubstr("step install-crio on master: script differs: "));
    EXPECT_THAT(why.sentences[0], HasSubstr("15-install-crio.sh"));
    EXPECT_THAT(why.sentences[0], Not(HasSubstr("apt-get")));
}

TEST_F(Explaining, NamesWhatIsOnlyOnOneSide) {
    auto entries = example()[1].entries;
    entries.erase(entries.begin());
    entries.push_back(text("mutation", "skip swap-off"));
    const auto why = explain(example(), {extend(KeyChain{example()[0]}, "runtime-ready", entries)});
    EXPECT_THAT(why.sentences, ElementsAre("component cri-o 1.36.3: modules abc here, not there",
                                           "mutation: not here, skip swap-off there"));
}

TEST_F(Explaining, ComparesWithTheCheckpointThatAgreesLongest) {
    const auto early = with(0, "cpu model", "max");
    const auto late = with(1, "step install-crio on master: RUNTIME", "runc");
    for (const auto& existing : {std::vector{early, late}, std::vector{late, early}}) {
        const auto why = explain(example(), existing);
        EXPECT_EQ(why.nearest, key_of(late));
        EXPECT_THAT(why.sentences, ElementsAre("step install-crio on master: RUNTIME: crun here, runc there"));
    }
}

TEST_F(Explaining, StopsAtTheFirstStageThatDiffers) {
    const auto why = explain(example(), {with(0, "memory of master", "1800 MiB")});
    EXPECT_EQ(why.stage, "os-ready");
    EXPECT_THAT(why.sentences, ElementsAre("memory of master: 2300 MiB here, 1800 MiB there"));
}

TEST_F(Explaining, TellsWhenNothingWasEverSaved) {
    EXPECT_THAT(explain(example(), {}).sentences, ElementsAre("there are no checkpoints yet"));
}

TEST_F(Explaining, TellsWhenOnlyAnotherStageWasSaved) {
    const auto why = explain(example(), {KeyChain{example()[0]}});
    EXPECT_FALSE(why.hit);
    EXPECT_EQ(why.stage, "runtime-ready");
    EXPECT_THAT(why.sentences, ElementsAre("no checkpoint was saved at runtime-ready"));
    EXPECT_THAT(explain(KeyChain{example()[0]}, {example()}).sentences,
                ElementsAre("no checkpoint was saved at os-ready"));
}

// 40,000 took 7 s once, of each checkpoint.
TEST(AnExplanation, OfVeryManyEntriesIsNoWork) {
    std::vector<KeyEntry> mine;
    std::vector<KeyEntry> theirs;
    for (int i = 0; i < 40'000; ++i) {
        mine.push_back(text("entry " + std::to_string(i), "here"));
        theirs.push_back(text("entry " + std::to_string(i), i % 2 == 0 ? "here" : "there"));
    }
    const auto begin = std::clock();
    const auto why = explain(extend({}, "boot", mine), {extend({}, "boot", theirs)});
    EXPECT_EQ(why.sentences.size(), 20'000U);
    EXPECT_LT(std::clock() - begin, 5 * CLOCKS_PER_SEC);
}

}  // namespace
}  // namespace crib::checkpoint
