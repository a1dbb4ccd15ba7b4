#include "harness/base/checkout_source.h"

#include "harness/base/plain_path.h"
#include "harness/base/system_error.h"

namespace crib {

std::optional<CheckoutSource> CheckoutSource::parse(std::string_view source) {
    if (!is_checkout(source)) return std::nullopt;
    return CheckoutSource(source.substr(kPrefix.size()));
}

std::filesystem::path CheckoutSource::folder(const std::filesystem::path& base) const {
    return plain_path(absolute_path(base / path_));
}

bool is_checkout(std::string_view source) {
    return source.starts_with(CheckoutSource::kPrefix);
}

}  // namespace crib
