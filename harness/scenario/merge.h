#pragma once
// Merged: the JSON of a scenario and of what it extends, laid over each other, and where each value is from. Internal
// to scenario.

#include "harness/scenario/source_file.h"

#include <map>
#include <optional>
#include <string>

namespace crib::scenario {

// Where a value stands: the number of its file and offsets in that file's text.
struct Origin {
    std::size_t source = 0;
    std::size_t value = 0;
    std::optional<std::size_t> key;  // of a member
};

class Merged {
public:
    // Lays a sound file over what is there: objects are merged, "nodes" merged by name, null takes a member away, all
    // else is replaced. What is the file's own affair stays out: "extends", "$schema", and of a base its name.
    void add(const SourceFile& file, std::size_t number, bool is_base);

    // Takes a member of the root away.
    void drop(const std::string& key);

    [[nodiscard]] nlohmann::json& root() { return root_; }
    [[nodiscard]] std::size_t size() const { return origins_.size(); }
    [[nodiscard]] const Origin* find(const std::string& path) const;

private:
    struct From {
        const SourceFile& file;
        std::size_t number;
    };

    void lay_over(nlohmann::json& target, const std::string& path, const nlohmann::json& value, const std::string& from,
                  const From& source);
    void lay_member_over(nlohmann::json& target, const std::string& path, const std::string& key,
                         const nlohmann::json& value, const std::string& from, const From& source);
    void lay_nodes_over(nlohmann::json& target, const std::string& path, const nlohmann::json& value,
                        const std::string& from, const From& source);
    void remember(const std::string& path, const nlohmann::json& value, const std::string& from, const From& source);
    void note(const std::string& path, const std::string& from, const From& source);
    void forget(const std::string& path);

    nlohmann::json root_ = nlohmann::json::object();
    std::map<std::string, Origin> origins_;
};

// Is the path that of `top` or of something in it?
[[nodiscard]] bool is_at_or_below(const std::string& path, const std::string& top);

}  // namespace crib::scenario
