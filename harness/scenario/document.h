#pragma once
// Document: a scenario's JSON with all that it extends, the --set flags applied to it, and what was found wrong.
// Internal to scenario.

#include "harness/base/shared_text.h"
#include "harness/scenario/diagnostic.h"
#include "harness/scenario/merge.h"
#include "harness/scenario/source_file.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace crib::scenario {

// A copy is cheap: it shares the files' texts, but not what was set or found wrong.
class Document {
public:
    // Reads the files that `text` extends. Reports what keeps them from being JSON objects; then root() is not to be
    // used.
    Document(const std::filesystem::path& file, std::string text);

    [[nodiscard]] nlohmann::json& root() { return merged_.root(); }
    [[nodiscard]] bool is_sound() const { return found_.empty(); }

    // Takes a member of the root away, with where it stood.
    void drop(const std::string& key) { merged_.drop(key); }

    // The value at `path` and below comes from the argument of a --set. Of a value of a matrix, `folder` is that of the
    // file in which it stands; empty: where the user is.
    void blame(const std::string& path, const std::string& set, const std::filesystem::path& folder = {});
    [[nodiscard]] std::string last_blamed() const { return overrides_.empty() ? "" : overrides_.back().path; }
    [[nodiscard]] bool comes_from_flag(const std::string& path) const { return flag_of(path) != nullptr; }
    // Is it a value of a matrix that stands in a file of another folder than the current one?
    [[nodiscard]] bool comes_from_matrix(const std::string& path) const;

    // Is the text all that the flag sets, as it was typed and not as JSON?
    [[nodiscard]] bool is_typed(const std::string& path, const std::string& text) const;

    // Does a file or a flag say it?
    [[nodiscard]] bool has(const std::string& path) const;

    // The file in which the value stands, and the folder from which its relative paths are meant: the file's, or for a
    // flag where the user is.
    [[nodiscard]] std::filesystem::path file_of(const std::string& path) const;
    [[nodiscard]] std::filesystem::path folder_of(const std::string& path) const;

    // The texts of the files that mutations name, by their paths: each is read once, for all copies of the document.
    [[nodiscard]] std::map<std::string, SharedText>& scripts() { return *scripts_; }

    // The value as JSON text with the members of its objects in the order in which they are written.
    [[nodiscard]] std::string in_written_order(const std::string& path, const nlohmann::json& value) const;

    enum class At { value, key };
    void report(const std::string& path, const std::string& message, const std::string& hint = {}, At at = At::value);
    // The same of what is not wrong: it is not kept, and the document stays sound.
    [[nodiscard]] Diagnostic diagnostic(const std::string& path, const std::string& message,
                                        const std::string& hint = {}) const;
    // The same, pointing at the first `part` of a text.
    void report_in(const std::string& path, const std::string& part, const std::string& message,
                   const std::string& hint = {});
    // What is not wrong, and yet has no effect.
    void note(const std::string& path, const std::string& message);
    // Of values that are good ones, each by itself.
    void report_combination(const std::string& path, const std::string& message, const std::string& hint = {});
    // The way that a --set names leads nowhere; or its value is none.
    void report_set(const std::string& set, const std::string& message, const std::string& hint = {}, At at = At::key);
    void forgive(const std::function<bool(const Diagnostic&)>& which);
    // Is the value there a wrong one by itself?
    [[nodiscard]] bool has_mistake_at(const std::string& path) const;

    // So many mistakes that what was meant by one more need not be sought.
    [[nodiscard]] bool has_many_mistakes() const { return found_.size() > 200; }
    // How much there is to read, counted in values.
    [[nodiscard]] std::size_t size() const { return merged_.size(); }

    // In the order of the files; the scenario's own comes first, flags last.
    [[nodiscard]] std::vector<Diagnostic> diagnostics() const;
    [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

    // A file was read for it. Of one that is read again, the first time counts.
    void note_file(const std::filesystem::path& file, std::string_view text);
    [[nodiscard]] const std::map<std::string, std::string>& files() const { return files_; }  // path to SHA-256

private:
    struct Override {
        std::string path;
        std::string flag;
        std::filesystem::path folder;
    };
    struct Found {
        std::size_t source = 0;
        Diagnostic diagnostic;
    };
    struct Link {
        std::filesystem::path file;      // as it is named to the user
        std::filesystem::path identity;  // one for all names of a file
    };
    void read_with_bases(const std::filesystem::path& file, std::string text, std::vector<Link> chain);
    void read_bases(std::size_t source, const nlohmann::json& extends, const std::vector<Link>& chain);
    void read_base(std::size_t source, const std::string& path, const nlohmann::json& name,
                   const std::vector<Link>& chain);
    void report_in_source(std::size_t source, const std::string& path, const std::string& message,
                          const std::string& hint = {});
    [[nodiscard]] const Override* override_of(const std::string& path) const;
    [[nodiscard]] const std::string* flag_of(const std::string& path) const;
    [[nodiscard]] const std::string* flag_to_blame(const std::string& path) const;
    [[nodiscard]] Found place(const std::string& path, const std::string& message, const std::string& hint,
                              At at) const;
    [[nodiscard]] const Origin* nearest_origin(std::string path) const;
    [[nodiscard]] std::size_t written_at(const std::string& path) const;

    std::vector<std::shared_ptr<const SourceFile>> sources_;
    std::shared_ptr<std::map<std::string, SharedText>> scripts_ = std::make_shared<std::map<std::string, SharedText>>();
    Merged merged_;
    std::vector<Override> overrides_;
    std::vector<Found> found_;
    std::vector<std::string> notes_;
    std::map<std::string, std::string> files_;
    std::set<std::filesystem::path> identities_;  // of what is extended
    std::size_t bytes_ = 0;                       // of it
    bool is_told_of_many_ = false;
};

}  // namespace crib::scenario
