#include "harness/base/folders.h"

#include "harness/base/error.h"
#include "harness/base/file.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace crib {
namespace {

// The environment as it was comes back with the end of the test.
class Environment : public testing::Test {
protected:
    void TearDown() override {
        for (const auto& [name, value] : saved_) {
            if (value) {
                ::setenv(name.c_str(), value->c_str(), 1);
            } else {
                ::unsetenv(name.c_str());
            }
        }
    }
    void set(const std::string& name, const char* value) {
        const char* before = std::getenv(name.c_str());
        saved_.emplace_back(name, before != nullptr ? std::optional<std::string>(before) : std::nullopt);
        if (value != nullptr) {
            ::setenv(name.c_str(), value, 1);
        } else {
            ::unsetenv(name.c_str());
        }
    }

private:
    std::vector<std::pair<std::string, std::optional<std::string>>> saved_;
};

TEST_F(Environment, WithoutXdgVariablesFoldersAreUnderHome) {
    set("HOME", "/home/ada");
    set("XDG_CACHE_HOME", nullptr);
    set("XDG_STATE_HOME", nullptr);
    const auto folders = find_folders("/src", "");
    EXPECT_EQ(folders.cache, "/home/ada/.cache/crib");
    EXPECT_EQ(folders.state, "/home/ada/.local/state/crib");
    EXPECT_EQ(folders.run("abc"), "/home/ada/.local/state/crib/runs/abc");
    EXPECT_EQ(folders.fixtures(), "/src/fixtures");
}

TEST_F(Environment, XdgVariablesMoveTheFolders) {
    set("XDG_CACHE_HOME", "/big/cache");
    set("XDG_STATE_HOME", "/big/state");
    const auto folders = find_folders("/src", "");
    EXPECT_EQ(folders.cache, "/big/cache/crib");
    EXPECT_EQ(folders.state, "/big/state/crib");
}

TEST_F(Environment, WhatIsNoFolderIsRefusedByTheNameOfWhatNamedIt) {
    const TempFolder folder(std::filesystem::temp_directory_path(), "crib-test");
    const auto file = folder.path() / "file";
    write_file(file, "");
    std::filesystem::create_symlink("nowhere", folder.path() / "link");
    const auto refusal = [](const std::string& state) -> std::string {
        try {
            (void)find_folders("/src", state);
            return "none";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            return error.what();
        }
    };
    set("XDG_CACHE_HOME", nullptr);
    set("XDG_STATE_HOME", nullptr);
    set("HOME", folder.path().c_str());
    EXPECT_EQ(refusal(""), "none");
    EXPECT_EQ(refusal((folder.path() / "new" / "one").string()), "none");
    EXPECT_EQ(refusal(file.string()), "--state " + file.string() + ": " + file.string() + " is no folder");
    EXPECT_EQ(refusal((file / "below").string()),
              "--state " + (file / "below").string() + ": " + file.string() + " is no folder");
    EXPECT_EQ(refusal((folder.path() / "link").string()).find("--state"), 0U);
    set("HOME", file.c_str());
    EXPECT_EQ(refusal(""), "HOME: " + file.string() + " is no folder");
    set("XDG_CACHE_HOME", folder.path().c_str());
    set("XDG_STATE_HOME", file.c_str());
    EXPECT_EQ(refusal(""), "XDG_STATE_HOME: " + file.string() + " is no folder");
    set("XDG_STATE_HOME", folder.path().c_str());
    EXPECT_EQ(refusal(""), "none") << "HOME is not used";
    write_file(folder.path() / "crib", "");
    EXPECT_EQ(refusal(""), "XDG_CACHE_HOME: " + (folder.path() / "crib").string() + " is no folder");
}

TEST_F(Environment, ARelativeXdgVariableIsIgnored) {
    set("HOME", "/home/ada");
    set("XDG_CACHE_HOME", "cache");
    EXPECT_EQ(find_folders("/src", "").cache, "/home/ada/.cache/crib");
}

// libvirt made it in the current folder.
TEST_F(Environment, ARelativeXdgVariableIsNotHandedOn) {
    set("XDG_CACHE_HOME", "rel");
    set("XDG_CONFIG_HOME", "/absolute");
    set("XDG_STATE_HOME", nullptr);
    forget_relative_user_folders();
    EXPECT_EQ(std::getenv("XDG_CACHE_HOME"), nullptr);
    EXPECT_STREQ(std::getenv("XDG_CONFIG_HOME"), "/absolute");
    EXPECT_EQ(std::getenv("XDG_STATE_HOME"), nullptr);
}

TEST_F(Environment, ARelativeHomeIsRefusedUnlessNothingIsBelowIt) {
    set("HOME", "ada");
    set("CRIB_MIRRORS", nullptr);
    for (const auto* variable : {"XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"}) set(variable, "relative");
    for (const auto* state : {"", "/elsewhere"}) {
        try {
            (void)find_folders("/src", state);
            ADD_FAILURE() << "not refused with the state \"" << state << "\"";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_STREQ(error.what(), "HOME is \"ada\", which is not an absolute path");
        }
    }
    for (const auto* variable : {"XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"}) set(variable, "/big");
    EXPECT_EQ(find_folders("/src", "").cache, "/big/crib");
}

TEST_F(Environment, AFolderOfTheUsersIsTheVariablesOrBelowHome) {
    set("HOME", "/home/ada");
    set("XDG_CACHE_HOME", "/big");
    EXPECT_EQ(user_folder("XDG_CACHE_HOME", ".cache"), "/big");
    for (const auto* unfit : {"", "big", "./big"}) {
        set("XDG_CACHE_HOME", unfit);
        EXPECT_EQ(user_folder("XDG_CACHE_HOME", ".cache"), "/home/ada/.cache") << unfit;
    }
}

TEST_F(Environment, TheStateOptionMovesBoth) {
    set("XDG_CACHE_HOME", "/big/cache");
    const auto folders = find_folders("/src", "/tmp/elsewhere");
    EXPECT_EQ(folders.cache, "/tmp/elsewhere/cache");
    EXPECT_EQ(folders.state, "/tmp/elsewhere/state");
}

TEST_F(Environment, AFolderNamedThroughALinkIsTheOneThatTheKernelFinds) {
    const TempFolder folder(std::filesystem::canonical(std::filesystem::temp_directory_path()), "crib-test");
    make_folder(folder.path() / "far/away");
    std::filesystem::create_directory_symlink("far/away", folder.path() / "link");
    const auto named = folder.path() / "link/../own";
    EXPECT_EQ(find_folders("/src", named).state, folder.path() / "far/own/state");
    set("XDG_STATE_HOME", named.c_str());
    EXPECT_EQ(find_folders("/src", "").state, folder.path() / "far/own/crib");
    set("XDG_STATE_HOME", nullptr);
    set("HOME", named.c_str());
    EXPECT_EQ(find_folders("/src", "").state, folder.path() / "far/own/.local/state/crib");
}

TEST_F(Environment, TheUsersMirrorsAreInTheConfigurationOrWhereCribMirrorsSays) {
    const TempFolder config(std::filesystem::temp_directory_path());
    set("CRIB_MIRRORS", nullptr);
    set("XDG_CONFIG_HOME", config.path().c_str());
    EXPECT_TRUE(find_folders("/src", "").mirrors.empty());
    make_folder(config.path() / "crib");
    write_file(config.path() / "crib/mirrors.json", "{}");
    EXPECT_EQ(find_folders("/src", "").mirrors, config.path() / "crib/mirrors.json");
    EXPECT_EQ(find_folders("/src", "/elsewhere").mirrors, config.path() / "crib/mirrors.json");
    set("CRIB_MIRRORS", "/etc/mirrors.json");
    EXPECT_EQ(find_folders("/src", "").mirrors, "/etc/mirrors.json");
}

TEST_F(Environment, ARelativeStateOptionIsUnderTheCurrentFolder) {
    EXPECT_EQ(find_folders("/src", "here").cache, std::filesystem::current_path() / "here" / "cache");
}

}  // namespace
}  // namespace crib
