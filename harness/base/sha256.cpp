#include "harness/base/sha256.h"

#include "harness/base/error.h"
#include "harness/base/file.h"
#include "harness/base/input_file.h"
#include "harness/base/sha256_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace crib {

struct Sha256::State {
    State() : context(EVP_MD_CTX_new(), &EVP_MD_CTX_free) { EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr); }
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;

void Sha256::add(std::string_view data) {
    EVP_DigestUpdate(state_->context.get(), data.data(), data.size());
}

std::string Sha256::hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size);
    std::string text;
    for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
}

std::string sha256_hex(std::string_view data) {
    Sha256 hasher;
    hasher.add(data);
    return hasher.hex();
}

std::string sha256_file(const std::filesystem::path& path) {
    const auto fd = open_regular(path);
    const auto fail = [&] {
        throw Error(ErrorKind::environment, fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
    };
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) fail();
    Sha256 hasher;
    std::vector<char> buffer(1U << 18U);
    for (auto left = static_cast<std::uint64_t>(status.st_size);;) {
        const auto count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail();
        if (count == 0) return hasher.hex();
        const auto bytes = static_cast<std::size_t>(count);
        if (bytes > left) {  // it need not end
            throw Error(ErrorKind::environment,
                        fmt::format("cannot read {}: it has more than the {} bytes that it was said to have",
                                    path.string(), status.st_size),
                        "is something still writing to it?");
        }
        left -= bytes;
        hasher.add({buffer.data(), bytes});
    }
}

KeyBuilder& KeyBuilder::add(std::string_view name, std::string_view value) {
    const bool one_line = value.find('\n') == std::string_view::npos;
    text_ += fmt::format("{} {}\n", name, one_line ? std::string(value) : "sha256:" + sha256_hex(value));
    return *this;
}

}  // namespace crib
