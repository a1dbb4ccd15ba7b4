#include "harness/image/image_file.h"

#include "harness/base/error.h"
#include "harness/base/input_file.h"
#include "harness/base/json_place.h"
#include "harness/base/plain_name.h"
#include "harness/base/printable.h"
#include "harness/base/size_limit.h"
#include "harness/base/text.h"
#include "harness/fetch/url.h"
#include "harness/image/image_rules.h"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace crib::image {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr InputKind kImageFile{"a node image's file", 1U << 20U};
constexpr const char* kPlainWord = "no plain word: letters, digits and \"+._-\"";
constexpr const char* kSuite = "no word of a package source: letters, digits and \"+._-/\"";
constexpr const char* kPackage = "no package's name: a to z, digits and \"+.-\", two characters or more";

// One object of the file: knows where it stands, and that every key was asked for.
class Section {
public:
    Section(const json& value, std::string where, const fs::path& file)
        : value_(value), where_(std::move(where)), file_(file) {
        if (!value.is_object()) fail("is not an object");
    }

    [[nodiscard]] bool has(const std::string& key) const { return value_.contains(key); }

    [[nodiscard]] std::string text(const std::string& key) const {
        const json& value = need(key);
        if (!value.is_string()) fail(fmt::format("\"{}\" is not a text", key));
        return value.get<std::string>();
    }

    [[nodiscard]] std::string text_or(const std::string& key, const std::string& fallback) const {
        return has(key) ? text(key) : fallback;
    }

    // For people, in one line.
    [[nodiscard]] std::string line(const std::string& key) const {
        auto text = this->text(key);
        const auto objection = objection_to_line(text);
        if (!objection.empty()) fail(fmt::format("\"{}\" {}", key, objection));
        return text;
    }

    using IsSo = bool (*)(const std::string&);
    [[nodiscard]] std::string text_that(const std::string& key, IsSo is_so, const char* otherwise) const {
        auto text = this->text(key);
        if (!is_so(text)) fail(fmt::format("\"{}\": \"{}\" is {}", key, text, otherwise));
        return text;
    }

    [[nodiscard]] std::vector<std::string> texts_that(const std::string& key, IsSo is_so, const char* otherwise) const {
        constexpr std::size_t kMost = 1000;
        auto texts = this->texts(key);
        if (texts.size() > kMost) fail(fmt::format("\"{}\" has {} texts, at most {}", key, texts.size(), kMost));
        std::set<std::string> known;
        for (const auto& text : texts) {
            if (!is_so(text)) fail(fmt::format("\"{}\": \"{}\" is {}", key, text, otherwise));
            if (!known.insert(text).second) fail(fmt::format("\"{}\" has \"{}\" twice", key, text));
        }
        return texts;
    }

    [[nodiscard]] std::string url(const std::string& key) const {
        auto text = this->text(key);
        const auto objection = fetch::objection_to_url(text);
        if (objection.empty()) return text;
        fail(fmt::format("\"{}\": \"{}\" {}", key, text, objection),
             "a file on this machine is \"path\" in place of \"url\", or file:///PATH");
    }

    [[nodiscard]] std::string path(const std::string& key) const {
        auto text = this->text(key);
        if (text.find("://") != std::string::npos) fail(fmt::format("\"{}\" is a URL", key), "name it \"url\"");
        const auto objection = objection_to_line(text);
        if (!objection.empty()) fail(fmt::format("\"{}\" {}", key, objection));
        return text;
    }

    [[nodiscard]] std::vector<std::string> texts(const std::string& key) const {
        const json& value = need(key);
        const bool good = value.is_array() &&
                          std::all_of(value.begin(), value.end(), [](const json& item) { return item.is_string(); });
        if (!good) fail(fmt::format("\"{}\" is not a list of texts", key));
        return value.get<std::vector<std::string>>();
    }

    [[nodiscard]] Section section(const std::string& key) const {
        return {need(key), where_.empty() ? key : where_ + "." + key, file_};
    }

    [[nodiscard]] std::vector<std::string> keys() const {
        std::vector<std::string> keys;
        for (const auto& [key, unused] : value_.items()) keys.push_back(key);
        return keys;
    }

    void only(const std::vector<std::string>& known) const {
        for (const auto& [key, unused] : value_.items()) {
            if (std::find(known.begin(), known.end(), key) != known.end()) continue;
            const auto near = nearest(key, known);
            throw Error(ErrorKind::usage, fmt::format("{}: {}unknown key \"{}\"", file_.string(), place(), key),
                        near ? fmt::format("did you mean \"{}\"?", *near) : "known keys: " + join(known, ", "));
        }
    }

    [[noreturn]] void fail(const std::string& reason,
                           const std::string& hint = "compare it with a working file in images/") const {
        throw Error(ErrorKind::usage, fmt::format("{}: {}{}", file_.string(), place(), reason), hint);
    }

private:
    [[nodiscard]] const json& need(const std::string& key) const {
        const auto found = value_.find(key);
        if (found == value_.end()) fail(fmt::format("\"{}\" is missing", key));
        return *found;
    }

    [[nodiscard]] std::string place() const { return where_.empty() ? std::string() : where_ + ": "; }

    const json& value_;
    std::string where_;
    const fs::path& file_;
};

bool is_sha256(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_fingerprint(const std::string& text) {
    return text.size() == 40 && text.find_first_not_of("0123456789ABCDEF") == std::string::npos;
}

Checksums parse_checksums(const Section& section) {
    section.only({"url", "signature", "key", "fingerprints", "source"});
    const bool has_key_file = section.text("key").find("://") == std::string::npos;
    Checksums sums{section.url("url"), section.url("signature"),
                   has_key_file ? section.path("key") : section.url("key"), section.texts("fingerprints")};
    if (section.has("source")) static_cast<void>(section.line("source"));  // for people
    const bool good =
        !sums.fingerprints.empty() && std::all_of(sums.fingerprints.begin(), sums.fingerprints.end(), is_fingerprint);
    if (!good) section.fail("\"fingerprints\" are not 40 upper-case hex digits each");
    return sums;
}

Fetched parse_fetched(const Section& section) {
    section.only({"path", "url", "sha256", "checksums"});
    if (section.has("path") == section.has("url")) section.fail("needs one of \"path\" and \"url\"");
    Fetched fetched;
    fetched.location = section.has("url") ? section.url("url") : section.path("path");
    fetched.sha256 = section.text_or("sha256", "");
    if (section.has("checksums")) {
        if (!section.has("url") || section.has("sha256")) section.fail("\"checksums\" are of a URL without \"sha256\"");
        fetched.checksums = parse_checksums(section.section("checksums"));
    }
    if (section.has("url") && fetched.sha256.empty() && !fetched.checksums) {
        section.fail("a URL needs its \"sha256\", or signed \"checksums\"");
    }
    if (!fetched.sha256.empty() && !is_sha256(fetched.sha256)) section.fail("\"sha256\" is not 64 hex digits");
    return fetched;
}

Bootstrap parse_bootstrap(const Section& section) {
    section.only({"origin", "suites", "components"});
    Bootstrap how{section.text_that("origin", is_word, kPlainWord), section.texts_that("suites", is_suite, kSuite),
                  section.texts_that("components", is_suite, kSuite)};
    if (how.suites.empty()) section.fail("\"suites\" is empty");
    if (how.components.empty()) section.fail("\"components\" is empty");
    return how;
}

ReadyDisk parse_ready(const Section& how) {
    ReadyDisk ready;
    ready.disk = parse_fetched(how.section("qcow2"));
    if (how.has("kernel")) ready.kernel = parse_fetched(how.section("kernel"));
    if (how.has("initrd")) ready.initrd = parse_fetched(how.section("initrd"));
    if (ready.initrd && !ready.kernel) how.fail("an \"initrd\" needs a \"kernel\"");
    return ready;
}

std::variant<Bootstrap, ReadyDisk> parse_how(const Section& how) {
    how.only({"mmdebstrap", "qcow2", "kernel", "initrd"});
    if (how.has("mmdebstrap") == how.has("qcow2")) how.fail("needs one of \"mmdebstrap\" and \"qcow2\"");
    if (how.has("mmdebstrap") && (how.has("kernel") || how.has("initrd"))) {
        how.fail("\"mmdebstrap\" makes its own kernel and initrd", "leave \"kernel\" and \"initrd\" out");
    }
    if (how.has("mmdebstrap")) return parse_bootstrap(how.section("mmdebstrap"));
    return parse_ready(how);
}

ByteSize parse_disk(const Section& top) {
    const std::string text = top.text_or("disk", "16GiB");
    const auto size = ByteSize::parse(text);
    if (!size || *size < ByteSize::gib(1))
        top.fail(fmt::format("\"disk\": \"{}\" is not a size of 1GiB or more", text));
    if (*size > kMostDiskOfNode) {
        top.fail(fmt::format("\"disk\": \"{}\" is more than crib gives a node, {}", text, to_string(kMostDiskOfNode)),
                 "16GiB do for most; a scenario may give a node more");
    }
    return *size;
}

std::map<std::string, std::string> parse_inputs(const Section& section) {
    std::map<std::string, std::string> inputs;
    for (const auto& name : section.keys()) {
        if (!is_variable_name(name)) {
            section.fail(fmt::format("\"{}\" is no input's name", name),
                         "inputs are called like RUNTIME: see the recipes");
        }
        const Section input = section.section(name);
        input.only({"value", "why"});
        static_cast<void>(input.line("why"));  // for people
        inputs[name] = input.text("value");
        if (printable_lines(inputs[name]) != inputs[name]) input.fail("\"value\" has control characters");
    }
    return inputs;
}

// What crib can run has one value so far.
std::string only_one_of(const Section& top, const std::string& key, const std::string& known) {
    auto given = top.text_or(key, known);
    if (given == known) return given;
    top.fail(fmt::format("\"{}\": \"{}\" is none that crib can use", key, given), fmt::format("it can use {}", known));
}

void parse_packages(const Section& top, ImageFile& image) {
    const bool is_made = std::holds_alternative<Bootstrap>(image.how);
    if (top.has("packages")) {
        const Section packages = top.section("packages");
        packages.only({"image", "repository"});
        if (packages.has("image")) image.image_packages = packages.texts_that("image", is_package, kPackage);
        if (packages.has("repository")) {
            image.repository_packages = packages.texts_that("repository", is_package, kPackage);
        }
    }
    if (is_made && image.image_packages.empty()) {
        top.fail("\"packages\" has no \"image\": what mmdebstrap makes needs a kernel, systemd and an SSH server");
    }
}

// A user's own, whose faults are the user's to mend.
std::string text_of(const fs::path& file) {
    try {
        return read_input(file, kImageFile);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::usage) throw;
        throw Error(ErrorKind::usage, error.what(), "put the image's description there, or take the file away");
    }
}

}  // namespace

ImageFile parse_image_file(const std::string& text, const fs::path& file) {
    json document;
    try {
        document = parse_json<json>(text);
    } catch (const JsonFault& fault) {
        throw Error(ErrorKind::usage, fmt::format("{}: {}", file.string(), fault.what()), "mend the file");
    }
    const Section top(document, "", file);
    top.only({"name", "title", "family", "codename", "architecture", "package_manager", "disk", "how", "packages",
              "inputs"});
    ImageFile image;
    image.name = top.text("name");
    if (image.name != file.stem()) top.fail(fmt::format("\"name\" is \"{}\": it must be the file's own", image.name));
    if (!is_plain_name(image.name)) {
        top.fail("the file's name is no name of an image: letters, digits and \"._-\", at most 100",
                 "rename it, and its \"name\"");
    }
    image.title = top.has("title") ? top.line("title") : image.name;
    image.family = top.text_that("family", is_word, kPlainWord);
    image.codename = top.text_that("codename", is_word, kPlainWord);
    image.architecture = only_one_of(top, "architecture", "amd64");
    image.package_manager = only_one_of(top, "package_manager", "apt");
    image.disk = parse_disk(top);
    image.how = parse_how(top.section("how"));
    parse_packages(top, image);
    if (top.has("inputs")) image.inputs = parse_inputs(top.section("inputs"));
    image.file = file;
    return image;
}

ImageFile load_image_file(const fs::path& file) {
    auto image = parse_image_file(text_of(file), file);
    require_files(image);
    return image;
}

std::vector<std::string> images_on_offer(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder, failed)) {
        const bool is_hidden = entry.path().filename().native().starts_with('.');  // an editor's, most likely
        if (!is_hidden && entry.path().extension() == ".json") names.push_back(entry.path().stem());
    }
    std::sort(names.begin(), names.end());
    return names;
}

ImageFile find_image_file(const fs::path& folder, const std::string& name) {
    const auto names = images_on_offer(folder);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        const auto near = nearest(name, names);
        throw Error(ErrorKind::usage, fmt::format("there is no node image \"{}\"", name),
                    fmt::format("{}on offer: {}", near ? fmt::format("did you mean \"{}\"? ", *near) : "",
                                names.empty() ? "none in " + folder.string() : join(names, ", ")));
    }
    return load_image_file(folder / (name + ".json"));
}

}  // namespace crib::image
