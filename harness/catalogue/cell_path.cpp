#include "harness/catalogue/cell_path.h"

#include "harness/base/size.h"

#include <charconv>

namespace crib::catalogue {
namespace {

bool is_of(const CellNode& node, const std::string& name) {
    if (!node.name.starts_with(name)) return false;
    return node.name.find_first_not_of("0123456789", name.size()) == std::string::npos;
}

unsigned number_of(const std::string& text) {
    unsigned number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// 0, which is "not known", for a text that is no size: whoever reads the scenario complains of it.
unsigned mebibytes_of(const std::string& text) {
    const auto size = ByteSize::parse(text);
    return size ? static_cast<unsigned>(size->in_mib()) : 0;
}

// `key` is what stands behind "nodes.NAME.".
bool set_of_node(CellNode& node, const std::string& key, const std::string& value) {
    if (key == "os") {
        node.os = value;
    } else if (key == "vcpus") {
        node.vcpus = number_of(value);
    } else if (key == "memory") {
        node.memory_mib = mebibytes_of(value);
    } else if (key.starts_with("versions.")) {
        node.versions[key.substr(9)] = value;
    } else {
        return false;
    }
    return true;
}

}  // namespace

bool set_by_path(Cell& cell, const std::string& path, const std::string& value) {
    if (path == "os") {
        cell.os = value;
    } else if (path == "parameters.runtime") {
        cell.runtime = value;
        for (auto& node : cell.nodes) node.runtime.clear();  // they had it from the parameter's default
    } else if (path.starts_with("versions.")) {
        cell.versions[path.substr(9)] = value;
    } else if (path.starts_with("components.")) {
        cell.sources[path.substr(11)] = value;
    } else if (path.starts_with("nodes.")) {
        const auto dot = path.find('.', 6);
        if (dot == std::string::npos) return false;
        const auto name = path.substr(6, dot - 6);
        bool known = false;
        for (auto& node : cell.nodes) {
            if (is_of(node, name)) known = set_of_node(node, path.substr(dot + 1), value) || known;
        }
        return known;
    } else {
        return false;
    }
    return true;
}

}  // namespace crib::catalogue
