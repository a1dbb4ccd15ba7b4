#include "harness/engine/run_store.h"

#include "harness/base/error.h"
#include "tests/support/plain_rights.h"
#include "tests/unit/engine/stored_runs.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <map>

namespace crib::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Runs : public StoredRuns {};

TEST_F(Runs, AreNamedAfterTheirScenarioAndFoundByAPrefix) {
    const auto id = make("passed", false);
    EXPECT_THAT(id, HasSubstr("two-node-"));
    EXPECT_EQ(runs.load(id.substr(0, 10)).id, id);
    EXPECT_EQ(runs.load(id).nodes.at(0).ssh_port, 4022);
}

TEST_F(Runs, KnowWhatTheyWereToldToChangeInTheirScenario) {
    auto info = runs.load(make("passed", true));
    info.sets = {"versions.flannel=0.28.9"};
    info.scenario_digests = {{"/src/a.json", "digest"}};
    info.swaps = {"cri-o=local:/home/me/cri-o"};
    info.until = "joined";
    runs.save(info);
    EXPECT_EQ(runs.load(info.id).sets, info.sets);
    EXPECT_EQ(runs.load(info.id).scenario_digests, info.scenario_digests);
    EXPECT_EQ(runs.load(info.id).swaps, info.swaps);
    EXPECT_EQ(runs.load(info.id).until, "joined");
}

TEST_F(Runs, AreOwnedWhileTheirCribHoldsTheLock) {
    std::optional<FileLock> owner;
    const auto id = make("", false, &owner);
    EXPECT_EQ(runs.load(id).state, RunState::running);
    owner.reset();
    EXPECT_EQ(runs.load(id).state, RunState::orphaned);
}

TEST_F(Runs, ThatEndedAreKeptOrEnded) {
    EXPECT_EQ(runs.load(make("failed", true)).state, RunState::kept);
    EXPECT_EQ(runs.load(make("failed", false)).state, RunState::ended);
}

TEST_F(Runs, WithADamagedRecordAreNamedAsSuch) {
    const auto id = make("", false);
    append_file(runs.folder(id).info(), "x");
    ASSERT_THAT(runs.list(), SizeIs(1));
    EXPECT_EQ(runs.list()[0].id, id);
    EXPECT_EQ(runs.list()[0].state, RunState::damaged);
    EXPECT_EQ(runs.find(id).state, RunState::damaged);
    try {
        (void)runs.load(id);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.what(), HasSubstr("the record of run " + id + " cannot be read: run.json: "));
        EXPECT_THAT(error.hint(), HasSubstr("crib down " + id));
    }
}

TEST_F(Runs, WithARecordThatIsALinkOrAPipeOrTooLargeAreDamaged) {
    const auto id = make("passed", false);
    const auto file = runs.folder(id).info();
    std::filesystem::rename(file, folder.path() / "run.json");
    std::filesystem::create_symlink(folder.path() / "run.json", file);
    EXPECT_EQ(runs.list().at(0).damage, "run.json: it is a link");
    std::filesystem::remove(file);
    EXPECT_EQ(runs.list().at(0).damage, "run.json: it is not there");
    ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
    EXPECT_EQ(runs.list().at(0).damage, "run.json: it is not a regular file");
    std::filesystem::remove(file);
    write_file(file, std::string(kLargestRunRecord + 1, ' '));
    EXPECT_THAT(runs.list().at(0).damage, HasSubstr("larger than"));
}

// open refuses the same: a node's name becomes that of a folder, and a word of ssh's.
TEST_F(Runs, WithNodesOrAnOutcomeThatNoCribWritesAreDamaged) {
    const auto damage_of = [&](const std::function<void(RunInfo&)>& change) {
        auto info = runs.load(make("passed", false));
        change(info);
        runs.save(info);
        return runs.find(info.id).damage;
    };
    for (const auto* name : {"/tmp/x", "../x", "", "-oProxyCommand=x", "a b"}) {
        EXPECT_EQ(damage_of([&](RunInfo& info) { info.nodes[0].name = name; }),
                  "run.json: /nodes/0/name: is no name of a node")
            << name;
    }
    EXPECT_EQ(damage_of([&](RunInfo& info) { info.nodes.push_back(info.nodes[0]); }),
              "run.json: /nodes/1/name: is the name of another node, too");
    EXPECT_EQ(damage_of([&](RunInfo& info) { info.outcome = "banana"; }), "run.json: /outcome: is no outcome of a run");
    EXPECT_EQ(damage_of([&](RunInfo& info) { info.nodes[0].role = "king"; }),
              "run.json: /nodes/0/role: is no role of a node");
    for (const auto* address : {"banana", "1.2.3", "999.1.1.1", "192.168.76.11 x"}) {
        EXPECT_EQ(damage_of([&](RunInfo& info) { info.nodes[0].ip = address; }),
                  "run.json: /nodes/0/ip: is no address of a node")
            << address;
    }
    for (const auto* key : {"x", "ssh-ed25519 AAAA\n* ssh-ed25519 BBBB", "ssh-ed25519 AAAA x\nhost ssh-rsa B"}) {
        EXPECT_EQ(damage_of([&](RunInfo& info) { info.host_key = key; }), "run.json: /host-key: is no public SSH key")
            << key;
    }
    for (const auto* key : {"", "ssh-ed25519 AAAA", "ssh-ed25519 AAAA+/8= crib run two-node"}) {
        EXPECT_EQ(damage_of([&](RunInfo& info) { info.host_key = key; }), "") << key;
    }
    for (const auto* outcome : {"passed", "failed", "error", "skipped", "interrupted", "restored", "unknown"}) {
        EXPECT_EQ(damage_of([&](RunInfo& info) { info.outcome = outcome; }), "") << outcome;
    }
}

// ls called it kept, and down handed it to libvirt.
TEST_F(Runs, OfADriverThatConnectRefusesAreDamaged) {
    auto info = runs.load(make("passed", true));
    for (const auto* uri : {"qemu+ext:///system?command=/tmp/x.sh", "nope", "qemu:///embed?root=/etc"}) {
        info.hypervisor_uri = uri;
        runs.save(info);
        EXPECT_THAT(runs.find(info.id).damage, HasSubstr("run.json: /hypervisor: cannot be used: ")) << uri;
    }
    for (const auto* uri : {"", "qemu:///embed", "qemu:///system", "test:///default"}) {
        info.hypervisor_uri = uri;
        runs.save(info);
        EXPECT_EQ(runs.find(info.id).damage, "") << uri;
    }
}

TEST_F(Runs, ThatCannotBeReadMayUseAnything) {
    const auto id = make("passed", true);
    EXPECT_TRUE(runs.survey().all_read);
    append_file(runs.folder(id).info(), "x");
    EXPECT_FALSE(runs.survey().all_read);
}

TEST_F(Runs, WhoseFolderCannotBeReadMayUseAnything) {
    const auto id = make("passed", true);
    std::filesystem::permissions(runs.folder(id).path, std::filesystem::perms{0});
    {
        const test::PlainRights rights;
        EXPECT_FALSE(runs.survey().all_read);
    }
    std::filesystem::permissions(runs.folder(id).path, std::filesystem::perms{0700});
}

// touch makes no file in a folder that may not be changed, and no file writable.
TEST_F(Runs, AreToldHowTheirLockIsMended) {
    namespace fs = std::filesystem;
    const auto of_run = runs.folder(make("passed", true));
    const auto lock = of_run.owner_lock();
    const test::PlainRights rights;
    fs::permissions(lock, fs::perms{0400});
    EXPECT_EQ(way_to_mend_lock(of_run), "chmod u+rw " + lock.string());
    fs::permissions(of_run.path, fs::perms{0500});
    EXPECT_EQ(way_to_mend_lock(of_run), "chmod u+wx " + of_run.path.string() + " && chmod u+rw " + lock.string());
    fs::permissions(of_run.path, fs::perms{0700});
    fs::remove(lock);
    EXPECT_EQ(way_to_mend_lock(of_run), "touch " + lock.string());
    make_folder(lock);
    EXPECT_EQ(way_to_mend_lock(of_run), fmt::format("mv {0} {0}.other && touch {0}", lock.string()));
}

// "it is not crib's: move it elsewhere, or remove it by hand", of the run of a colleague.
TEST_F(Runs, OfAnotherUserAreThatOnesToEnd) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may give files away";
    const auto id = make("passed", true);
    EXPECT_FALSE(runs.survey().has_others);
    ASSERT_EQ(::chown(runs.folder(id).path.c_str(), 65534, 65534), 0);
    const auto survey = runs.survey();
    EXPECT_THAT(survey.runs, IsEmpty());
    EXPECT_TRUE(survey.has_others);
    ASSERT_THAT(survey.strange, SizeIs(1));
    EXPECT_EQ(survey.strange[0].why, "it belongs to another user (uid 65534)");
    EXPECT_EQ(survey.strange[0].cure, "that user ends or removes it");
    try {
        (void)runs.find(id);
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("it belongs to another user (uid 65534)"));
        EXPECT_EQ(error.hint(), "that user ends or removes it");
    }
}

TEST_F(Runs, AreCalledWhatEachLaterCommandTakes) {
    for (const auto& name : {std::string("../x"), std::string(".making-two"), std::string("-x"), std::string("a b"),
                             std::string("\x1b[31m"), std::string(), std::string(300, 'x')}) {
        try {
            (void)runs.create(name, clock);
            ADD_FAILURE() << name;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage) << name;
        }
    }
    EXPECT_THAT(runs.list(), IsEmpty());
}

TEST_F(Runs, ThatAreManyAreNotAllNamed) {
    for (int i = 0; i < 25; ++i) make("passed", false);
    try {
        (void)runs.load("nope");
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.hint(), HasSubstr(" and 5 more (crib ls)"));
    }
}

TEST_F(Runs, AreNeverWrittenSoThatTheyCannotBeRead) {
    auto info = runs.load(make("passed", false));
    info.nodes.assign(15'000, {"node", "worker", "192.168.76.11", "crib-two-node-abcd-node", 4022});
    EXPECT_THROW(runs.save(info), Error);
    EXPECT_EQ(runs.load(info.id).nodes.size(), 1U);
}

TEST_F(Runs, LetNobodyElseTakeThemForOnes) {
    const auto id = make("passed", false);
    namespace fs = std::filesystem;
    const auto& root = runs.root();
    make_folder(folder.path() / "vic");
    fs::create_directory_symlink(folder.path() / "vic", root / "linked");
    fs::create_directory_symlink(runs.folder(id).path, root / "linked-run");
    make_folder(root / "archive");
    fs::copy(runs.folder(id).path, root / "copy", fs::copy_options::recursive);
    fs::copy(runs.folder(id).path, root / "old-copy", fs::copy_options::recursive);
    fs::remove(root / "old-copy" / kMarkFile);
    write_file(root / "notes.txt", "mine");
    const auto survey = runs.survey();
    ASSERT_THAT(survey.runs, SizeIs(1));
    std::map<std::string, std::string> why;
    for (const auto& one : survey.strange) why[one.path.filename()] = one.why;
    EXPECT_EQ(why, (std::map<std::string, std::string>{{"linked", "it is a link"},
                                                       {"linked-run", "it is a link"},
                                                       {"archive", "nothing in it shows that crib made it"},
                                                       {"copy", "its mark is that of the run " + id},
                                                       {"old-copy", "its run.json is of the run " + id},
                                                       {"notes.txt", "it is no folder"}}));
}

TEST_F(Runs, ThatDoNotExistAreAMistakeWithTheKnownOnes) {
    const auto id = make("passed", false);
    try {
        (void)runs.load("nope");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        EXPECT_THAT(error.hint(), HasSubstr(id));
    }
}

}  // namespace
}  // namespace crib::engine
