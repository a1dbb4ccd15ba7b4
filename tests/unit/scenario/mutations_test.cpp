// Mutations of the recipe, and what a scenario expects to fail.

#include "harness/base/file.h"
#include "tests/unit/scenario/scenario_text.h"

#include <gmock/gmock.h>

namespace crib::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string mutated(const std::string& mutation) {
    return with("\"mutations\": [" + mutation + "]");
}

Mutation only_mutation(const std::string& mutation) {
    return read_it(mutated(mutation)).mutations.at(0);
}

TEST(ScenarioMutation, SkipsAStepOnSomeNodes) {
    const auto mutation = only_mutation(R"({"skip": "swap-off", "nodes": ["worker"]})");
    EXPECT_EQ(mutation.kind, Mutation::Kind::skip);
    EXPECT_EQ(mutation.step, "swap-off");
    EXPECT_THAT(mutation.nodes, ElementsAre("worker"));
    EXPECT_EQ(mutation.path, "$.mutations[0]");
    EXPECT_THAT(only_mutation(R"({"skip": "swap-off"})").nodes, IsEmpty());
}

TEST(ScenarioMutation, OfAnEntryWithACountIsOfAllItsNodes) {
    auto text = mutated(R"({"skip": "swap-off", "nodes": ["worker"]})");
    text.replace(text.find("\"count\": 1"), 10, "\"count\": 2");
    EXPECT_THAT(read_it(text).mutations.at(0).nodes, ElementsAre("worker1", "worker2"));
}

TEST(ScenarioMutation, ReplacesAStepByShellTextThatIsLeftAsItIs) {
    const auto one = only_mutation(R"({"replace": "start-crio", "run": "systemctl start ${UNIT}"})");
    EXPECT_EQ(one.kind, Mutation::Kind::replace);
    EXPECT_EQ(one.script, "systemctl start ${UNIT}\n");
    EXPECT_EQ(one.origin, "s.json: $.mutations[0].run");
    EXPECT_EQ(only_mutation(R"({"replace": "start-crio", "run": ["a", "b"]})").script, "a\nb\n");
}

TEST(ScenarioMutation, InsertsAStepFromAFileBesideTheScenario) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    write_file(folder.path() / "my.sh", "echo hello\n");
    const auto text = mutated(R"({"insert-after": "swap-off", "id": "hello", "title": "say so", "script": "my.sh"},
                                 {"insert-before": "hello", "id": "before", "run": "true"})");
    const auto result = load_text(text, folder.path() / "s.json", {}, known());
    ASSERT_TRUE(result.scenario) << to_string(result.diagnostics);
    const auto& mutation = result.scenario->mutations[0];
    EXPECT_EQ(mutation.kind, Mutation::Kind::insert_after);
    EXPECT_EQ(mutation.id, "hello");
    EXPECT_EQ(mutation.title, "say so");
    EXPECT_EQ(mutation.script, "echo hello\n");
    EXPECT_EQ(mutation.origin, (folder.path() / "my.sh").string());
}

TEST(ScenarioMutation, OfAFileThatOthersNameTooHasTheSameText) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    write_file(folder.path() / "my.sh", "echo hello\n");
    const auto text = mutated(R"({"insert-after": "swap-off", "id": "one", "script": "my.sh"},
                                 {"insert-after": "swap-off", "id": "two", "script": "./my.sh"})");
    const auto result = load_text(text, folder.path() / "s.json", {}, known());
    ASSERT_TRUE(result.scenario) << to_string(result.diagnostics);
    const auto& mutations = result.scenario->mutations;
    EXPECT_EQ(mutations[0].script.identity(), mutations[1].script.identity());
}

TEST(ScenarioMutation, OfAStepThatIsNotThereIsToldWithTheNearest) {
    EXPECT_EQ(complaints(mutated(R"({"skip": "swap-of"})")),
              "s.json:5:26: $.mutations[0].skip: unknown step of crio-kubeadm-flannel \"swap-of\"\n"
              "    did you mean \"swap-off\"? on offer: swap-off, start-crio, kubeadm-init, kubeadm-join");
    EXPECT_THAT(
        complaints(mutated(R"({"set": {"RUNTIM": "x"}})")),
        AllOf(HasSubstr("unknown input of crio-kubeadm-flannel \"RUNTIM\""), HasSubstr("did you mean \"RUNTIME\"")));
    EXPECT_THAT(complaints(mutated(R"({"skip": "swap-off", "nodes": ["wroker"]})")),
                AllOf(HasSubstr("unknown node \"wroker\""), HasSubstr("did you mean \"worker\"?")));
}

TEST(ScenarioMutation, IsOneThingToBeDone) {
    EXPECT_THAT(complaints(mutated(R"({"nodes": ["worker"]})")), HasSubstr("says nothing that is to be done"));
    EXPECT_THAT(complaints(mutated(R"({"skip": "swap-off", "replace": "swap-off", "run": "x"})")),
                HasSubstr("says 2 things to be done: skip, replace"));
    const auto misspelt = load_it(mutated(R"({"skp": "swap-off"})")).diagnostics;
    ASSERT_EQ(misspelt.size(), 1U) << to_string(misspelt);
    EXPECT_EQ(misspelt[0].hint, "did you mean \"skip\"?");
}

TEST(ScenarioMutation, HasAScriptOnlyWhereThereIsOne) {
    EXPECT_THAT(complaints(mutated(R"({"skip": "swap-off", "run": "x"})")),
                StartsWith("s.json:5:38: $.mutations[0].run: \"skip\" has no \"run\""));
    EXPECT_THAT(complaints(mutated(R"({"replace": "swap-off"})")), HasSubstr("has neither \"script\" nor \"run\""));
    EXPECT_THAT(complaints(mutated(R"({"replace": "swap-off", "run": "x", "script": "y"})")), HasSubstr("has both"));
    EXPECT_THAT(complaints(mutated(R"({"replace": "swap-off", "run": " \n"})")), HasSubstr("the script is empty"));
    EXPECT_THAT(complaints(mutated(R"({"replace": "swap-off", "run": 1})")),
                HasSubstr("must be a text or a list of lines"));
    EXPECT_THAT(complaints(mutated(R"({"replace": "swap-off", "run": ["a", 1]})")),
                HasSubstr("$.mutations[0].run[1]: must be a text, but is a number"));
    EXPECT_THAT(complaints(mutated(R"({"replace": "swap-off", "script": "no-such.sh"})")),
                HasSubstr("there is no file no-such.sh"));
}

// The hint was of the scenario's folder, from which the script was not taken.
TEST(ScenarioMutation, OfASetHasAScriptAsSeenFromWhereCribIs) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    write_file(folder.path() / "s.sh", "echo hello\n");
    const auto told = [&](const std::string& name) {
        const auto set = R"(mutations=[{"replace": "swap-off", "script": ")" + name + R"("}])";
        return to_string(load_text(kGood, folder.path() / "s.json", {set}, known()).diagnostics);
    };
    EXPECT_THAT(told("s.sh"), HasSubstr("there is no file s.sh\n    the path is meant from where crib is started: " +
                                        std::filesystem::current_path().string()));
    EXPECT_EQ(told((folder.path() / "s.sh").string()), "");
    EXPECT_THAT(told("/nowhere/s.sh"), HasSubstr("there is no file /nowhere/s.sh"));
    EXPECT_THAT(told("/nowhere/s.sh"), Not(HasSubstr("is meant from")));
}

// One that was recorded by its absolute path, in another folder than the one where it is taken up again.
TEST(ScenarioMutation, OfASetHasAnyScriptOfTheScenariosFolder) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    const TempFolder elsewhere(std::filesystem::temp_directory_path());
    for (const auto& place : {folder.path(), elsewhere.path()}) write_file(place / "script", "echo hello\n");
    const auto told = [&](const std::filesystem::path& script) {
        const auto set = R"(mutations=[{"replace": "swap-off", "script": ")" + script.string() + R"("}])";
        return to_string(load_text(kGood, folder.path() / "s.json", {set}, known()).diagnostics);
    };
    EXPECT_EQ(told(folder.path() / "script"), "");
    EXPECT_THAT(told(elsewhere.path() / "script"), HasSubstr("is outside the scenario's folder"));
}

// On the node its first line was no command, after minutes of boot.
TEST(ScenarioMutation, HasNoScriptThatBeginsWithAByteOrderMark) {
    const TempFolder folder(std::filesystem::temp_directory_path());
    const auto file = folder.path() / "my.sh";
    write_file(file, "\xef\xbb\xbfset -x\n");
    const auto found =
        load_text(mutated(R"({"replace": "swap-off", "script": "my.sh"})"), folder.path() / "s.json", {}, known());
    ASSERT_EQ(found.diagnostics.size(), 1U) << to_string(found.diagnostics);
    EXPECT_EQ(found.diagnostics[0].message,
              file.string() + " begins with a byte order mark (BOM): for the shell it belongs to the first word");
    EXPECT_THAT(found.diagnostics[0].hint, HasSubstr("sed -i '1s/^\\xEF\\xBB\\xBF//' " + file.string()));
    EXPECT_THAT(complaints(mutated(R"({"replace": "swap-off", "run": "\ufeffset -x"})")),
                HasSubstr("$.mutations[0].run: the script begins with a byte order mark"));
}

TEST(ScenarioMutation, HasAScriptForBashAndNoOtherInterpreter) {
    const auto told = [](const std::string& first) {
        const auto result = load_it(mutated(R"({"replace": "swap-off", "run": [")" + first + R"(", "true"]})"));
        return result.scenario ? "" : to_string(result.diagnostics);
    };
    EXPECT_THAT(told("#!/usr/bin/python3"), HasSubstr("begins with #! and python3, but steps are run by bash"));
    EXPECT_THAT(told("#! /usr/bin/env -S X=1 perl -w"), HasSubstr("#! and perl, "));
    for (const auto* good :
         {"#!/bin/bash", "#!/bin/sh -e", "#!/usr/bin/env bash", "#!\\t/bin/env\\tbash", "#!", "# !python"}) {
        EXPECT_EQ(told(good), "") << good;
    }
}

TEST(ScenarioMutation, InsertsUnderAnIdOfItsOwn) {
    EXPECT_THAT(complaints(mutated(R"({"insert-after": "swap-off", "run": "x"})")), HasSubstr("\"id\" is missing"));
    EXPECT_THAT(complaints(mutated(R"({"insert-after": "swap-off", "id": "swap-off", "run": "x"})")),
                HasSubstr("there is a step \"swap-off\" already"));
    EXPECT_THAT(complaints(mutated(R"({"insert-after": "swap-off", "id": "A B", "run": "x"})")),
                HasSubstr("\"A B\" cannot be the id of a step"));
}

TEST(ScenarioMutation, InsertsUnderNoIdThatMeansSomethingElse) {
    auto offered = known();
    offered.recipe_names.begin()->second.taken = {{"joined", "a stage of the recipe"}, {"http", "a kind of check"}};
    const auto told = [&](const std::string& id) {
        const auto text = mutated(R"({"insert-after": "swap-off", "run": "x", "id": ")" + id + "\"}");
        return to_string(load_text(text, "s.json", {}, offered).diagnostics);
    };
    EXPECT_THAT(told("joined"), HasSubstr("$.mutations[0].id: a step cannot be called \"joined\": that is a stage of "
                                          "the recipe\n    give it another id"));
    EXPECT_THAT(told("http"), HasSubstr("that is a kind of check"));
    EXPECT_EQ(told("join"), "");
}

std::string expecting(const std::string& expectation) {
    return with("\"expect\": {" + expectation + "}");
}

TEST(ScenarioExpect, SaysWhereARunMustFail) {
    const auto expect =
        read_it(expecting(R"("fails-at": "kubeadm-init", "node": "master", "message": "swap", "why": "swap is on")"))
            .expect;
    ASSERT_TRUE(expect);
    EXPECT_EQ(expect->fails_at, "kubeadm-init");
    EXPECT_EQ(expect->node, "master");
    EXPECT_EQ(expect->message, "swap");
    EXPECT_EQ(expect->why, "swap is on");
    EXPECT_FALSE(read_it(kGood).expect);
}

TEST(ScenarioExpect, MayNameACheckByItsKindOrItsId) {
    auto offered = known();
    offered.check_id = [](const std::string& kind, const auto&) { return kind + " x"; };
    for (const std::string place : {"nodes-ready", "nodes-ready x"}) {
        const auto text = expecting("\"fails-at\": \"" + place + "\"");
        EXPECT_EQ(to_string(load_text(text, "s.json", {}, offered).diagnostics), "");
    }
}

TEST(ScenarioExpect, OfAPlaceThatCannotFailIsRefused) {
    EXPECT_THAT(complaints(expecting(R"("fails-at": "kubeadm-int")")),
                AllOf(StartsWith("s.json:5:26: $.expect.fails-at: no step and no check of this scenario is called"),
                      HasSubstr("did you mean \"kubeadm-init\"?")));
    EXPECT_THAT(complaints(with(R"("mutations": [{"skip": "swap-off"}], "expect": {"fails-at": "swap-off"})")),
                HasSubstr("the step \"swap-off\" cannot fail: $.mutations[0] skips it"));
    EXPECT_THAT(complaints(expecting(R"("fails-at": "swap-off", "node": "master2")")),
                HasSubstr("unknown node \"master2\""));
    EXPECT_THAT(complaints(expecting(R"("why": "because")")), HasSubstr("\"fails-at\" is missing"));
}

TEST(ScenarioExpect, OfAMessageThatNoLineHasIsRefused) {
    for (const auto* message : {"a\\nb", "\\u001b[1m", "a\\tb", "\\u007f"}) {
        EXPECT_THAT(complaints(expecting(std::string(R"("fails-at": "swap-off", "message": ")") + message + "\"")),
                    HasSubstr("$.expect.message: is a text of one line, without control characters"));
    }
}

TEST(ScenarioExpect, MayNameAStepThatAMutationInserts) {
    EXPECT_EQ(complaints(with(R"("mutations": [{"insert-after": "swap-off", "id": "break-it", "run": "false"}],
                                 "expect": {"fails-at": "break-it"})")),
              "");
}

TEST(ScenarioMutations, OfAStepThatDoesNotRunOnANamedNodeAreRefusedWithWhereItRuns) {
    EXPECT_EQ(complaints(with(R"("mutations": [{"skip": "kubeadm-init", "nodes": ["worker"]}])")),
              "s.json:5:52: $.mutations[0].nodes[0]: the step kubeadm-init does not run on worker\n"
              "    it runs on master");
    EXPECT_THAT(complaints(with(R"("mutations": [{"replace": "kubeadm-join", "run": "true", "nodes": ["master"]}])")),
                HasSubstr("the step kubeadm-join does not run on master\n    it runs on worker"));
    EXPECT_EQ(complaints(with(R"("mutations": [{"skip": "kubeadm-join", "nodes": ["worker"]},
                                               {"skip": "swap-off", "nodes": ["master"]},
                                               {"insert-before": "swap-off", "id": "x", "run": "true"},
                                               {"skip": "x", "nodes": ["worker"]}])")),
              "");
    EXPECT_THAT(complaints(with(R"("mutations": [{"insert-before": "kubeadm-init", "id": "x", "run": "true"},
                                                 {"skip": "x", "nodes": ["worker"]}])")),
                HasSubstr("the step x does not run on worker\n    it runs on master"));
}

TEST(ScenarioMutations, ThatTakeAllEffectFromAnInsertedStepAreRefused) {
    const auto said = [](const std::string& second) {
        return complaints(
            with(R"("mutations": [{"insert-before": "swap-off", "id": "x", "run": "true"}, )" + second + "]"));
    };
    EXPECT_THAT(said(R"({"skip": "x"})"), HasSubstr("$.mutations[1].skip: takes all effect from $.mutations[0], which "
                                                    "inserts the step x\n    leave both out"));
    EXPECT_THAT(said(R"({"replace": "x", "run": "false"})"), HasSubstr("give the step that is inserted this script"));
    EXPECT_THAT(said(R"({"skip": "x", "nodes": ["master", "worker"]})"), HasSubstr("takes all effect"));
    EXPECT_EQ(said(R"({"skip": "x", "nodes": ["worker"]})"), "") << "it runs on the other";
}

TEST(ScenarioMutations, WhoseInputIsSetAgainOnEachOfTheirNodesAreRefused) {
    const auto said = [](const std::string& others) {
        return complaints(with(R"("mutations": [{"set": {"RUNTIME": "runc"}}, )" + others + "]"));
    };
    EXPECT_THAT(said(R"({"set": {"RUNTIME": "crun"}})"), HasSubstr("has no effect: $.mutations[1] sets it again"));
    EXPECT_THAT(said(R"({"set": {"RUNTIME": "crun"}, "nodes": ["worker"]},
                        {"set": {"RUNTIME": "crun"}, "nodes": ["master"]})"),
                HasSubstr("$.mutations[0].set.RUNTIME: has no effect: $.mutations[2] and $.mutations[1] set it again"));
    EXPECT_EQ(said(R"({"set": {"RUNTIME": "crun"}, "nodes": ["worker"]})"), "") << "the other keeps it";
}

TEST(ScenarioMutations, WithScriptsOfAnotherSystemsLineEndsAreRefused) {
    EXPECT_THAT(complaints(mutated(R"({"replace": "swap-off", "run": "\r\ntrue\r\n"})")), HasSubstr("CR LF"));
    EXPECT_THAT(complaints(mutated(R"({"replace": "swap-off", "run": ["true\r", "true"]})")), HasSubstr("CR LF"));
    EXPECT_EQ(complaints(mutated(R"({"replace": "swap-off", "run": "printf '\\r\\n'"})")), "");
}

TEST(ScenarioMutations, OfAStepThatNoNodeRunsAreNoted) {
    auto text = with(R"("mutations": [{"skip": "kubeadm-join"}])");
    const auto worker = text.find(",\n    {\"name\": \"worker\"");
    text.erase(worker, text.find("\n  ]") - worker);
    const auto alone = read_it(text);
    ASSERT_EQ(alone.notes.size(), 1U);
    EXPECT_THAT(alone.notes[0], HasSubstr("$.mutations[0]: does nothing: no node here runs kubeadm-join"));
    EXPECT_TRUE(read_it(with(R"("mutations": [{"skip": "kubeadm-join"}])")).notes.empty());
}

}  // namespace
}  // namespace crib::scenario
