#include "tests/support/upstream_servers/signer.h"

#include "harness/base/text.h"

namespace crib::test {

namespace fs = std::filesystem;

Signer::Signer(process::Runner& runner, std::string owner, bool expired)
    : runner_(runner), home_(fs::temp_directory_path(), "crib-gpg"), expired_(expired) {
    fs::permissions(home_.path(), fs::perms::owner_all);
    gpg({"--quick-generate-key", std::move(owner), "rsa2048", "sign", expired ? "seconds=86400" : "never"});
    public_key_ = gpg({"--armor", "--export"});
    for (const std::string& line : split_lines(gpg({"--with-colons", "--list-keys"}))) {
        if (line.starts_with("fpr:") && fingerprint_.empty()) fingerprint_ = split(line, ':').at(9);
    }
}

Signer::~Signer() {
    try {
        SystemClock clock;
        process::Command kill;
        kill.program = "gpgconf";
        kill.args = {"--homedir", home_.path().string(), "--kill", "all"};
        runner_.run(kill, Context::with_clock(clock).with_timeout(std::chrono::seconds(10)));
    } catch (...) {  // cleaning up never throws
    }
}

std::string Signer::gpg(std::vector<std::string> args) {
    SystemClock clock;
    process::Command command;
    command.program = "gpg";
    command.args = {"--homedir", home_.path().string(), "--batch",  "--yes",        "--no-tty",
                    "--quiet",   "--pinentry-mode",     "loopback", "--passphrase", ""};
    if (expired_) command.args.insert(command.args.end(), {"--faked-system-time", "20200101T120000!"});
    command.args.insert(command.args.end(), args.begin(), args.end());
    return process::output_of(runner_, command, Context::with_clock(clock).with_timeout(std::chrono::seconds(120)));
}

std::string Signer::clear_signed(const std::string& text) {
    write_file(home_.path() / "text", text);
    return gpg({"--output", "-", "--clearsign", (home_.path() / "text").string()});
}

std::string Signer::signature_of(const std::string& text) {
    write_file(home_.path() / "text", text);
    return gpg({"--armor", "--output", "-", "--detach-sign", (home_.path() / "text").string()});
}

void Signer::sign_repository(const fs::path& folder) {
    const std::string release = read_file(folder / "Release");
    write_file(folder / "InRelease", clear_signed(release));
    write_file(folder / "Release.gpg", signature_of(release));
    write_file(folder / "Release.key", public_key_);
}

}  // namespace crib::test
