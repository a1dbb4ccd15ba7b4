#include "harness/check/admin_config.h"

#include "harness/base/error.h"
#include "harness/base/text.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

namespace crib::check {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<std::string> decode_base64(std::string_view text) {
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    std::string out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char letter : text) {
        const auto value = kAlphabet.find(letter);
        if (value == std::string_view::npos) return std::nullopt;
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out.push_back(static_cast<char>((bits >> count) & 0xffU));
        }
    }
    return out;
}

Error broken(std::string_view field, std::string_view trouble) {
    return Error(
        ErrorKind::guest, fmt::format("admin.conf: {} {}", field, trouble),
        "crib reads the file that `kubeadm init` writes to /etc/kubernetes/admin.conf; is that step complete?");
}

std::string read_pem(std::string_view kubeconfig, std::string_view field) {
    for (const auto& line : split_lines(kubeconfig)) {
        const auto words = trim(line);
        if (words.substr(0, field.size()) != field || words.substr(field.size(), 1) != ":") continue;
        auto value = trim(words.substr(field.size() + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
        auto pem = decode_base64(value);
        if (!pem) throw broken(field, "is not base64");
        if (pem->rfind("-----BEGIN ", 0) != 0) throw broken(field, "is not a PEM text");
        return *std::move(pem);
    }
    throw broken(field, "is missing");
}

}  // namespace

AdminConfig read_admin_config(std::string_view kubeconfig) {
    return {read_pem(kubeconfig, "certificate-authority-data"), read_pem(kubeconfig, "client-certificate-data"),
            read_pem(kubeconfig, "client-key-data")};
}

}  // namespace crib::check
