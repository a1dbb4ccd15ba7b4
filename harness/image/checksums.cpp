#include "harness/image/checksums.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/fetch/content.h"
#include "harness/fetch/download.h"
#include "harness/fetch/signature.h"
#include "harness/fetch/url.h"

#include <fmt/format.h>

namespace crib::image {
namespace {

namespace fs = std::filesystem;

std::string text_at(const std::string& url, const Context& context) {
    return fetch::fetch_text({.url = url, .sha256 = {}, .blame = ErrorKind::image}, context);
}

}  // namespace

std::optional<std::string> find_sum(const std::string& list, const std::string& name) {
    constexpr std::size_t digits = 64;
    for (const std::string& line : split_lines(list)) {
        if (line.size() < digits + 2 || line.find_first_not_of("0123456789abcdef") != digits) continue;
        std::string_view file = trim(std::string_view(line).substr(digits));
        if (file.starts_with('*')) file.remove_prefix(1);  // read as binary
        if (file == name) return line.substr(0, digits);
    }
    return std::nullopt;
}

std::string signed_sum(process::Runner& runner, const Checksums& sums, const std::string& url,
                       const fetch::Mirrors& mirrors, const fs::path& base, const Context& context) {
    const std::string from = mirrors.resolve(sums.url);
    const std::string key_from = fetch::is_url(sums.key) ? mirrors.resolve(sums.key) : (base / sums.key).string();
    std::string key = fetch::is_url(sums.key) ? text_at(key_from, context) : read_file(key_from, 1U << 20U);
    const fetch::Keyring keys(runner, std::move(key), key_from, sums.fingerprints, ErrorKind::image, context);
    const std::string list = text_at(from, context);
    const std::string signature = text_at(mirrors.resolve(sums.signature), context);
    if (fetch::is_html(list)) {
        throw Error(ErrorKind::image, fmt::format("an HTML page came from {} instead of a list of sums", from),
                    "the image may have moved: open the URL in a browser");
    }
    keys.verify(list, signature, from, context);
    const std::string name = fs::path(url).filename().string();
    if (auto sum = find_sum(list, name)) return *sum;
    throw Error(ErrorKind::image, fmt::format("{} does not list {}", from, name),
                "correct the \"url\" in the image file: the publisher may have renamed the file");
}

}  // namespace crib::image
