#include "harness/capsule/json_values.h"

#include <nlohmann/json.hpp>

namespace crib::capsule {
namespace {

// Ends the parsing at the first value too many.
class Counter : public nlohmann::json_sax<nlohmann::json> {
public:
    explicit Counter(std::size_t most) : left_(most) {}

    [[nodiscard]] bool is_exceeded() const { return is_exceeded_; }

    bool null() override { return count(); }
    bool boolean(bool) override { return count(); }
    bool number_integer(number_integer_t) override { return count(); }
    bool number_unsigned(number_unsigned_t) override { return count(); }
    bool number_float(number_float_t, const string_t&) override { return count(); }
    bool string(string_t&) override { return count(); }
    bool binary(binary_t&) override { return count(); }
    bool start_object(std::size_t) override { return count(); }
    bool key(string_t&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return count(); }
    bool end_array() override { return true; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override { return false; }

private:
    bool count() {
        is_exceeded_ = left_ == 0;
        if (!is_exceeded_) --left_;
        return !is_exceeded_;
    }

    std::size_t left_;
    bool is_exceeded_ = false;
};

}  // namespace

bool has_at_most(std::string_view json, std::size_t values) {
    Counter counter(values);
    (void)nlohmann::json::sax_parse(json, &counter);
    return !counter.is_exceeded();
}

}  // namespace crib::capsule
