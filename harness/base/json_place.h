#pragma once
// JsonPlace: a value of a JSON text that others may have written, with the place where it stands. What is missing, or
// of another type, is a JsonFault that says so in crib's words; those of the JSON library reach nobody.
//
// Templates, so that this header needs none of the library's: Json is nlohmann::json or nlohmann::ordered_json.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace crib {

// "line 3, column 14: not JSON", "/cells/0/id: must be a string, not a number"
class JsonFault : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The text is no JSON where the parser stopped, `byte` bytes into it.
[[noreturn]] void throw_not_json(std::string_view text, std::size_t byte);
// A number in it is none that a computer can hold.
[[noreturn]] void throw_number_out_of_range();

// Counts the values of a text of others while it is read: one of two letters takes some fifty bytes in memory.
class JsonValueCount {
public:
    explicit JsonValueCount(std::size_t most) : most_(most) {}

    void add();  // JsonFault when it is one too many
    [[nodiscard]] std::size_t count() const { return count_; }
    void set_back(std::size_t count) { count_ = count; }  // the others have been read and are kept no more

private:
    std::size_t most_;
    std::size_t count_ = 0;
};

// What the library's exception of this number and text says, for values that are read without their places: "it lacks
// "name"".
[[nodiscard]] std::string words_of_json_error(int id, std::string_view what);

// JsonFault with the place. `filter` is as the library has it.
template <class Json, class... Filter>
[[nodiscard]] Json parse_json(std::string_view text, Filter&&... filter) {
    try {
        return Json::parse(text, std::forward<Filter>(filter)...);
    } catch (const typename Json::parse_error& error) {
        throw_not_json(text, error.byte);
    } catch (const typename Json::out_of_range&) {
        throw_number_out_of_range();
    }
}

// What the library tells its filter begins a value, which is no key.
template <class Json>
[[nodiscard]] bool is_of_value(typename Json::parse_event_t event) {
    using Event = typename Json::parse_event_t;
    return event == Event::value || event == Event::object_start || event == Event::array_start;
}

// A filter for parse_json() that ends it at the first value too many.
template <class Json>
[[nodiscard]] auto values_at_most(std::size_t most) {
    return [count = JsonValueCount(most)](int, typename Json::parse_event_t event, Json&) mutable {
        if (is_of_value<Json>(event)) count.add();
        return true;
    };
}

namespace detail {

template <class T>
inline constexpr bool is_collection = false;
template <class T>
inline constexpr bool is_collection<std::vector<T>> = true;
template <class T>
inline constexpr bool is_collection<std::map<std::string, T>> = true;

}  // namespace detail

template <class Json>
class JsonPlace {
public:
    explicit JsonPlace(const Json& value, std::string place = {}) : value_(&value), place_(std::move(place)) {}

    [[nodiscard]] bool contains(const char* key) const { return value_->contains(key); }
    [[nodiscard]] std::size_t size() const { return value_->size(); }
    [[nodiscard]] bool is_array() const { return value_->is_array(); }
    [[nodiscard]] bool is_string() const { return value_->is_string(); }

    [[nodiscard]] JsonPlace at(const char* key) const {
        require(value_->is_object(), "an object");
        const auto found = value_->find(key);
        if (found == value_->end()) fail("lacks \"" + std::string(key) + "\"");
        return JsonPlace(*found, place_ + "/" + key);
    }
    [[nodiscard]] JsonPlace item(std::size_t index) const {
        require(value_->is_array(), "an array");
        if (index >= value_->size()) fail("has too few values: " + std::to_string(value_->size()));
        return JsonPlace((*value_)[index], place_ + "/" + std::to_string(index));
    }

    template <class T>
    [[nodiscard]] T get() const {
        if constexpr (std::same_as<T, bool>) {
            require(value_->is_boolean(), "true or false");
            return value_->template get<bool>();
        } else if constexpr (std::integral<T>) {
            return whole<T>();
        } else if constexpr (std::floating_point<T>) {
            require(value_->is_number(), "a number");
            return value_->template get<T>();
        } else if constexpr (std::same_as<T, std::string>) {
            require(value_->is_string(), "a string");
            return value_->template get_ref<const std::string&>();
        } else {
            return collected(static_cast<T*>(nullptr));
        }
    }
    [[nodiscard]] std::string text(const char* key) const { return at(key).template get<std::string>(); }
    template <class T>
    [[nodiscard]] T value(const char* key, T fallback) const {
        require(value_->is_object(), "an object");
        return contains(key) ? at(key).template get<T>() : std::move(fallback);
    }

    // Of an array, in its order.
    [[nodiscard]] std::vector<JsonPlace> values() const {
        require(value_->is_array(), "an array");
        std::vector<JsonPlace> all;
        all.reserve(value_->size());
        for (std::size_t i = 0; i < value_->size(); ++i) all.push_back(item(i));
        return all;
    }
    // Of an object, by key.
    [[nodiscard]] std::vector<std::pair<std::string, JsonPlace>> members() const {
        require(value_->is_object(), "an object");
        std::vector<std::pair<std::string, JsonPlace>> all;
        for (const auto& [key, value] : value_->items()) all.emplace_back(key, JsonPlace(value, place_ + "/" + key));
        return all;
    }

    // What stands there can be put where its type is known.
    template <class T>
    requires(std::same_as<T, std::string> || detail::is_collection<T> ||
             (std::is_arithmetic_v<T> && !std::same_as<T, char>))
    operator T() const {  // NOLINT(google-explicit-constructor)
        return get<T>();
    }

    [[noreturn]] void fail(const std::string& why) const {
        throw JsonFault((place_.empty() ? std::string("it") : place_ + ":") + " " + why);
    }

private:
    void require(bool is_so, const char* what) const {
        if (!is_so) fail(std::string("must be ") + what + ", not " + name_of_type());
    }
    [[nodiscard]] const char* name_of_type() const {
        if (value_->is_object()) return "an object";
        if (value_->is_array()) return "an array";
        if (value_->is_string()) return "a string";
        if (value_->is_boolean()) return value_->template get<bool>() ? "true" : "false";
        return value_->is_number() ? "a number" : "null";
    }
    template <std::integral T>
    [[nodiscard]] T whole() const {
        require(value_->is_number(), "a whole number");
        if (!value_->is_number_integer()) fail("must be a whole number");
        if (value_->is_number_unsigned()) return in_range<T>(value_->template get<std::uint64_t>());
        return in_range<T>(value_->template get<std::int64_t>());
    }
    template <std::integral T, class Number>
    [[nodiscard]] T in_range(Number number) const {
        if (std::in_range<T>(number)) return static_cast<T>(number);
        fail("must be from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
             std::to_string(std::numeric_limits<T>::max()) + ", not " + std::to_string(number));
    }
    template <class T>
    [[nodiscard]] std::vector<T> collected(const std::vector<T>*) const {
        std::vector<T> all;
        for (const auto& one : values()) all.push_back(one.template get<T>());
        return all;
    }
    template <class T>
    [[nodiscard]] std::map<std::string, T> collected(const std::map<std::string, T>*) const {
        std::map<std::string, T> all;
        for (const auto& [key, one] : members()) all.emplace(key, one.template get<T>());
        return all;
    }

    const Json* value_;
    std::string place_;
};

}  // namespace crib
