#include "harness/scenario/schema.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/scenario/merge.h"
#include "harness/scenario/positions.h"
#include "harness/scenario/schema_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
// Without this it ends the process where it would throw.
#define VALIJSON_USE_EXCEPTIONS 1  // NOLINT(cppcoreguidelines-macro-usage)
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace crib::scenario {
namespace {

using Json = nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

// valijson's context is "<root>", "[nodes]", "[0]", "[memory]".
std::string path_of(const std::vector<std::string>& context, const Json& json) {
    std::string path = "$";
    const Json* at = &json;
    for (std::size_t i = 1; i < context.size(); ++i) {
        const auto name = context[i].substr(1, context[i].size() - 2);
        if (at->is_array()) {
            const auto index = static_cast<std::size_t>(std::stoul(name));
            path = child_path(path, index);
            at = &(*at)[index];
        } else if (at->is_object() && at->contains(name)) {
            path = child_path(path, name);
            at = &(*at)[name];
        }
    }
    return path;
}

bool contains_another(const std::vector<Schema::Finding>& findings, const std::string& path) {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const auto& other) { return other.path != path && is_at_or_below(other.path, path); });
}

// valijson goes on with what it is given where there is no memory, nothing, and ends by a signal: there must be enough
// before it begins. A schema of 30 KiB takes it 1 MiB.
void require_memory() {
    constexpr std::size_t kEnough = std::size_t{4} << 20U;
    ::operator delete(::operator new(kEnough));  // a new-expression that nobody uses may be left out
}

}  // namespace

struct Schema::Parts {
    std::string text;
    nlohmann::ordered_json ordered;  // people are told of keys in the order of the file
    valijson::Schema schema;
};

Schema::Schema(const std::filesystem::path& file) : parts_(std::make_unique<Parts>()) {
    parts_->text = read_file(file);
    require_memory();
    try {
        parts_->ordered = nlohmann::ordered_json::parse(parts_->text);
        const Json json = Json::parse(parts_->text);
        valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(Adapter(json), parts_->schema);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        throw Error(ErrorKind::environment, fmt::format("{} is not a JSON Schema: {}", file.string(), error.what()));
    }
}

Schema::~Schema() = default;
Schema::Schema(Schema&&) noexcept = default;

std::vector<Schema::Finding> Schema::findings(const std::string& text) const {
    const Json json = Json::parse(text);
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(parts_->schema, Adapter(json), &results)) return {};
    std::vector<Finding> all;
    valijson::ValidationResults::Error error;
    while (results.popError(error)) all.push_back({path_of(error.context, json), error.description});
    std::vector<Finding> innermost;
    for (const auto& finding : all) {
        const bool told = std::any_of(innermost.begin(), innermost.end(),
                                      [&](const auto& other) { return other.path == finding.path; });
        if (!told && !contains_another(all, finding.path)) innermost.push_back(finding);
    }
    return innermost;
}

const std::string& Schema::text() const {
    return parts_->text;
}

std::vector<std::string> Schema::fields() const {
    std::vector<std::string> names;
    for (const auto& field : fields_in(parts_->ordered)) names.push_back(field.path);
    return names;
}

std::string Schema::explain(const std::string& field, const KnownNames& known) const {
    return explain_field(parts_->ordered, field, known);
}

}  // namespace crib::scenario
