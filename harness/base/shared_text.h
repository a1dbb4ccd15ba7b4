#pragma once
// SharedText: a text that does not change and that many hold, as a script that each of 200 nodes runs. A copy of it
// takes no more room.

#include <concepts>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace crib {

class SharedText {
public:
    SharedText() : SharedText(std::string()) {}
    SharedText(std::string text)  // NOLINT(google-explicit-constructor)
        : text_(std::make_shared<const std::string>(std::move(text))) {}
    SharedText(const char* text) : SharedText(std::string(text)) {}  // NOLINT(google-explicit-constructor)
    // No moves: there is always a text.
    SharedText(const SharedText&) = default;
    SharedText& operator=(const SharedText&) = default;
    ~SharedText() = default;

    [[nodiscard]] const std::string& str() const { return *text_; }
    operator const std::string&() const { return *text_; }  // NOLINT(google-explicit-constructor)
    operator std::string_view() const { return *text_; }    // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool empty() const { return text_->empty(); }
    [[nodiscard]] std::size_t find(std::string_view wanted) const { return text_->find(wanted); }

    // One of its own from now on; the others stay as they are.
    SharedText& operator+=(std::string_view more) { return *this = SharedText(std::string(*text_).append(more)); }

    // The same for all that are copies of one another.
    [[nodiscard]] const void* identity() const { return text_.get(); }

    friend bool operator==(const SharedText& a, const SharedText& b) {
        return a.text_ == b.text_ || *a.text_ == *b.text_;
    }
    template <class Text>
    requires(std::convertible_to<const Text&, std::string_view> && !std::same_as<Text, SharedText>) friend bool
    operator==(const SharedText& a, const Text& b) {
        return std::string_view(a) == std::string_view(b);
    }
    friend std::ostream& operator<<(std::ostream& out, const SharedText& text) { return out << text.str(); }

private:
    std::shared_ptr<const std::string> text_;
};

}  // namespace crib
