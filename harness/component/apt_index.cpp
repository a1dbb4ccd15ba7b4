#include "harness/component/apt_index.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fmt/format.h>
#include <algorithm>
#include <cctype>
#include <charconv>

namespace crib::component {
namespace {

// One paragraph: a field's value has its further lines, each without the space that it begins with.
using Paragraph = std::map<std::string, std::string>;

std::vector<Paragraph> paragraphs_of(const std::string& text) {
    std::vector<Paragraph> all;
    Paragraph current;
    std::string field;
    const auto end_paragraph = [&] {
        if (!current.empty()) all.push_back(std::move(current));
        current.clear();
        field.clear();
    };
    for (const std::string& line : split_lines(text)) {
        if (trim(line).empty()) {
            end_paragraph();
        } else if (line.front() == ' ' || line.front() == '\t') {
            if (!field.empty()) current[field] += "\n" + std::string(trim(line));
        } else if (const auto colon = line.find(':'); colon != std::string::npos) {
            field = line.substr(0, colon);
            current[field] = std::string(trim(std::string_view(line).substr(colon + 1)));
        }
    }
    end_paragraph();
    return all;
}

bool is_sha256(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// A path that stays below the repository.
bool is_tame(const std::string& path) {
    if (path.empty() || path.front() == '/') return false;
    const auto parts = split(path, '/');
    return std::find(parts.begin(), parts.end(), "..") == parts.end();
}

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (std::string& word : split(text, ' ')) {
        if (!word.empty()) words.push_back(std::move(word));
    }
    return words;
}

std::string value_of(const Paragraph& paragraph, const std::string& field) {
    const auto found = paragraph.find(field);
    return found == paragraph.end() ? std::string() : found->second;
}

// "kubelet (>= 1.2), iptables | nft" -> kubelet, iptables
std::vector<std::string> names_in(const std::string& depends) {
    std::vector<std::string> names;
    for (const std::string& part : split(depends, ',')) {
        const std::string_view text = trim(part);
        const auto end = text.find_first_of(" (|:");
        if (const auto name = text.substr(0, end); !name.empty()) names.emplace_back(name);
    }
    return names;
}

// dpkg's order of characters that are no digits: '~' before the end, the end before letters, letters before others.
int weight(const std::string& text, std::size_t at) {
    if (at >= text.size() || std::isdigit(static_cast<unsigned char>(text[at])) != 0) return 0;
    if (text[at] == '~') return -1;
    if (std::isalpha(static_cast<unsigned char>(text[at])) != 0) return text[at];
    return text[at] + 256;
}

int compare_part(const std::string& a, const std::string& b) {
    const auto digit = [](const std::string& text, std::size_t at) {
        return at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0;
    };
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() || j < b.size()) {
        while ((i < a.size() && !digit(a, i)) || (j < b.size() && !digit(b, j))) {
            const int order = weight(a, i) - weight(b, j);
            if (order != 0) return order;
            if (i < a.size()) ++i;
            if (j < b.size()) ++j;
        }
        while (i < a.size() && a[i] == '0') ++i;
        while (j < b.size() && b[j] == '0') ++j;
        int first_difference = 0;
        while (digit(a, i) && digit(b, j)) {
            if (first_difference == 0) first_difference = a[i] - b[j];
            ++i;
            ++j;
        }
        if (digit(a, i)) return 1;
        if (digit(b, j)) return -1;
        if (first_difference != 0) return first_difference;
    }
    return 0;
}

struct VersionParts {
    std::string epoch;
    std::string upstream;
    std::string revision;
};

VersionParts parts_of(const std::string& version) {
    VersionParts parts{"0", version, {}};
    if (const auto colon = version.find(':'); colon != std::string::npos) {
        parts.epoch = version.substr(0, colon);
        parts.upstream = version.substr(colon + 1);
    }
    if (const auto dash = parts.upstream.rfind('-'); dash != std::string::npos) {
        parts.revision = parts.upstream.substr(dash + 1);
        parts.upstream.resize(dash);
    }
    return parts;
}

// kubic's revisions have a '~' ("1.20.0~1"): they are packagings of 1.20.0 all the same.
bool is_packaging_of(const std::string& packaged, const std::string& version) {
    if (version.empty() || packaged == version) return true;
    const std::string upstream = parts_of(packaged).upstream;
    return upstream == version || upstream.starts_with(version + "~");
}

bool fits(const Package& package, const std::string& name, const std::string& architecture) {
    return package.name == name && (package.architecture == architecture || package.architecture == "all");
}

}  // namespace

Release parse_release(const std::string& text, const std::string& from) {
    const auto paragraphs = paragraphs_of(text);
    Release release;
    if (!paragraphs.empty()) {
        for (const auto& [field, value] : paragraphs.front()) {
            if (field != "SHA256") {
                if (value.find('\n') == std::string::npos) release.fields[field] = value;
                continue;
            }
            for (const std::string& line : split_lines(value)) {
                const auto words = words_of(line);
                if (words.size() != 3 || !is_sha256(words[0]) || !is_tame(words[2])) continue;
                release.files.push_back(
                    {words[2].starts_with("./") ? words[2].substr(2) : words[2], words[0], number_of(words[1])});
            }
        }
    }
    if (release.files.empty()) {
        throw Error(ErrorKind::component, fmt::format("{} lists no files with their SHA256", from),
                    "is it the Release file of an apt repository?");
    }
    return release;
}

std::vector<Package> parse_packages(const std::string& text, const std::string& from) {
    std::vector<Package> packages;
    for (const Paragraph& paragraph : paragraphs_of(text)) {
        Package package;
        package.name = value_of(paragraph, "Package");
        package.version = value_of(paragraph, "Version");
        package.architecture = value_of(paragraph, "Architecture");
        package.depends = names_in(value_of(paragraph, "Depends"));
        package.file = {value_of(paragraph, "Filename"), value_of(paragraph, "SHA256"),
                        number_of(value_of(paragraph, "Size"))};
        if (package.file.path.starts_with("./")) package.file.path.erase(0, 2);
        if (package.name.empty() || package.version.empty() || !is_tame(package.file.path) ||
            !is_sha256(package.file.sha256)) {
            throw Error(ErrorKind::component,
                        fmt::format("{}: package \"{}\" lacks its version, file name or SHA256", from, package.name),
                        "the repository's index is broken: another mirror may have a whole one");
        }
        packages.push_back(std::move(package));
    }
    return packages;
}

int compare_deb_versions(const std::string& a, const std::string& b) {
    const VersionParts left = parts_of(a);
    const VersionParts right = parts_of(b);
    if (const int order = compare_part(left.epoch, right.epoch); order != 0) return order;
    if (const int order = compare_part(left.upstream, right.upstream); order != 0) return order;
    return compare_part(left.revision, right.revision);
}

std::optional<Package> choose(const std::vector<Package>& packages, const std::string& name, const std::string& version,
                              const std::string& architecture) {
    const Package* best = nullptr;
    for (const Package& package : packages) {
        if (!fits(package, name, architecture) || !is_packaging_of(package.version, version)) continue;
        if (best == nullptr || compare_deb_versions(package.version, best->version) > 0) best = &package;
    }
    return best == nullptr ? std::nullopt : std::optional(*best);
}

std::vector<std::string> versions_of(const std::vector<Package>& packages, const std::string& name,
                                     const std::string& architecture) {
    std::vector<std::string> versions;
    for (const Package& package : packages) {
        if (fits(package, name, architecture)) versions.push_back(package.version);
    }
    std::sort(versions.begin(), versions.end(),
              [](const auto& a, const auto& b) { return compare_deb_versions(a, b) > 0; });
    versions.erase(std::unique(versions.begin(), versions.end()), versions.end());
    return versions;
}

}  // namespace crib::component
