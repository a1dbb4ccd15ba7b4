#include "tests/hostile/inputs/row.h"

#include "harness/base/file.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <stdexcept>

namespace crib::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Texts = std::vector<std::string>;

const std::set<std::string> kColumns{"name",  "why",  "files",       "before",  "words",     "shell",   "exit",
                                     "out",   "err",  "said",        "not-out", "not-err",   "changes", "makes",
                                     "keeps", "then", "cpu-seconds", "mib",     "most-bytes"};

Texts list(const Json& json) {
    return json.is_array() ? json.get<Texts>() : Texts{json.get<std::string>()};
}

Texts texts(const Json& row, const char* column) {
    return row.contains(column) ? list(row.at(column)) : Texts{};
}

// "validate a.json" or ["validate", "a file.json"].
Texts words_of(const Json& json) {
    return json.is_array() ? json.get<Texts>() : split(json.get<std::string>(), ' ');
}

// Several lines that differ in nothing else: "words" to a name's ending.
std::vector<Row> rows_of(const Json& json) {
    for (const auto& [column, value] : json.items()) {
        if (!kColumns.contains(column)) throw std::runtime_error("no column \"" + column + "\"");
    }
    Row row;
    row.name = json.at("name");
    row.why = json.at("why");
    row.surroundings = json.value("shell", "");
    const auto files = json.value("files", Json::object());
    for (const auto& [path, what] : files.items()) row.files.emplace_back(path, what.dump());
    const auto before = json.value("before", Json::array());
    for (const auto& line : before) row.before.push_back(words_of(line));
    const auto& exit = json.at("exit");
    row.exits = exit.is_array() ? exit.get<std::vector<int>>() : std::vector<int>{exit.get<int>()};
    row.out = texts(json, "out");
    row.err = texts(json, "err");
    row.said = texts(json, "said");
    row.not_out = texts(json, "not-out");
    row.not_err = texts(json, "not-err");
    row.changes = texts(json, "changes");
    row.makes = texts(json, "makes");
    row.keeps = texts(json, "keeps");
    const auto then = json.value("then", Json::object());
    for (const auto& [path, wanted] : then.items()) row.then[path] = list(wanted);
    row.seconds = json.value("cpu-seconds", row.seconds);
    row.mib = json.value("mib", row.mib);
    row.most_bytes = json.value("most-bytes", row.most_bytes);
    const auto& words = json.at("words");
    if (!words.is_object()) {
        row.words = words_of(words);
        return {row};
    }
    std::vector<Row> rows;
    for (const auto& [ending, line] : words.items()) {
        rows.push_back(row);
        rows.back().name += ending;
        rows.back().words = words_of(line);
    }
    return rows;
}

Row unreadable(const fs::path& file, const std::string& problem) {
    Row row;
    row.name = "TableThatCannotBeRead_" + file.stem().string();
    std::replace_if(
        row.name.begin(), row.name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    row.why = fmt::format("{}: {}", file.string(), problem);
    return row;
}

// No row is an excuse to write to a device: the name may mean one only where it is read.
void require_no_device_written(const Row& row) {
    for (const auto& [path, what] : row.files) {
        if (path.starts_with("/") || path.find("..") != std::string::npos) {
            throw std::runtime_error(row.name + ": its files must be below $HOME");
        }
    }
    for (std::size_t i = 1; i < row.words.size(); ++i) {
        static const std::set<std::string> outputs{"-o", "--output", "--capture"};
        if (row.words[i].starts_with("/dev/") && outputs.contains(row.words[i - 1])) {
            throw std::runtime_error(row.name + ": no device is ever written to");
        }
    }
    const auto writes = std::any_of(row.words.begin(), row.words.end(),
                                    [](const auto& word) { return word == "fmt" || word == "export"; });
    const bool has_device = std::any_of(row.words.begin(), row.words.end(), [](const auto& word) {
        return word.find("/dev/") != std::string::npos && word != "/dev/zero";
    });
    if (has_device && writes) throw std::runtime_error(row.name + ": no device is ever written to");
}

}  // namespace

void PrintTo(const Row& row, std::ostream* out) {
    *out << row.why;
}

std::vector<Row> read_rows(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<Row> rows;
    std::set<std::string> names;
    for (const auto& file : files) {
        try {
            for (const auto& json : Json::parse(read_file(file), nullptr, true, true)) {
                for (auto& row : rows_of(json)) {
                    require_no_device_written(row);
                    if (!names.insert(row.name).second) throw std::runtime_error("two rows are called " + row.name);
                    rows.push_back(std::move(row));
                }
            }
        } catch (const std::exception& error) {
            rows.push_back(unreadable(file, error.what()));
        }
    }
    return rows;
}

}  // namespace crib::test
