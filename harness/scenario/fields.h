#pragma once
// Fields: reads typed values out of a document's JSON; what is wrong with one is reported where it stands. Internal to
// scenario.

#include "harness/base/size.h"
#include "harness/scenario/document.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace crib::scenario {

class Fields {
public:
    using Json = nlohmann::json;
    using Names = std::vector<std::string>;
    // Is the reference with this name to stay in the text, for a later part of crib to replace?
    using Kept = std::function<bool(const std::string& name)>;

    explicit Fields(Document& document) : document_(document) {}

    // From here on ${name} stands for the value in texts.
    void define(const std::string& name, const std::string& value) { facts_[name] = value; }

    // Other words for a key, as people have them from elsewhere: "image" to "os".
    using OtherWords = std::map<std::string, std::string>;
    // Reports those that are none of `keys`. What a misspelt one was meant to be is not also told to be missing.
    void check_keys(const Json& object, const std::string& path, const Names& keys, const OtherWords& others = {});
    [[nodiscard]] bool is_misspelt(const std::string& path) const { return misspelt_.contains(path); }
    // How many of the elements or members are to be read: all of them, or, with a report, those that there may be.
    [[nodiscard]] std::size_t count_of(const Json& value, const std::string& path, const std::string& what,
                                       std::size_t most);
    // A report where the text is longer than that.
    bool require_length(const std::string& text, const std::string& path, std::size_t most);
    bool require_type(const Json& value, const std::string& path, Json::value_t type);
    // An empty list: anything goes.
    bool require_known(const std::string& value, const std::string& path, const std::string& what,
                       const Names& on_offer, Document::At at = Document::At::value);

    // Members of an object, references replaced. Nothing, and a report where that is wrong, when the key is absent or
    // of another type. Numbers and true or false may be given as a text that holds a reference.
    std::optional<std::string> text(const Json& object, const std::string& path, const std::string& key, bool required);
    std::optional<long long> integer(const Json& object, const std::string& path, const std::string& key);
    std::optional<bool> boolean(const Json& object, const std::string& path, const std::string& key);
    std::optional<ByteSize> size(const Json& object, const std::string& path, const std::string& key, ByteSize most);

    // Those of a list of at most so many texts, with their paths; none when the key is absent.
    std::vector<std::pair<std::string, std::string>> texts(const Json& object, const std::string& path,
                                                           const std::string& key, std::size_t most);

    // A whole number, true or false as text. A fraction is refused: what is left of 1.10 is 1.1.
    std::optional<std::string> plain_scalar(const Json& value, const std::string& path);
    // One value as text: texts with their references replaced; whole numbers, true and false as JSON has them.
    std::optional<std::string> scalar(const Json& value, const std::string& path, const Kept& kept = {});
    std::optional<std::string> expand(const std::string& text, const std::string& path, const Kept& kept = {});

    // A text of one line for people, of at most so many bytes; empty when the key is absent.
    std::string line(const Json& object, const std::string& path, const std::string& key, std::size_t most);

private:
    void report_unknown(const std::string& name, const std::string& path);
    bool require_few_replaced(std::size_t added, const std::string& path);
    bool require_moderate(const Json& value, const std::string& path);
    // What the argument of a --set looks like where no text is wanted: "2.0" a number.
    [[nodiscard]] Json as_typed(const Json& value, const std::string& path) const;
    // A value that is no text may come from one by a reference: "${parameters.vcpus}".
    Json resolved(const Json& value, const std::string& path, bool& failed);

    Document& document_;
    std::map<std::string, std::string> facts_;
    std::set<std::string> misspelt_;  // paths of what was meant
    std::size_t replaced_ = 0;        // bytes that references have added to texts
};

[[nodiscard]] bool has_control_characters(std::string_view text);  // of ASCII: newlines and tabs, too

// What people call the type of a value: "a list".
[[nodiscard]] std::string type_name(const nlohmann::json& value);

// "did you mean X? on offer: X, Y"
[[nodiscard]] std::string on_offer_hint(const std::string& given, const std::vector<std::string>& on_offer);

}  // namespace crib::scenario
