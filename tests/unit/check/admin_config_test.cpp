#include "harness/check/admin_config.h"

#include "harness/base/error.h"

#include <gmock/gmock.h>

namespace crib::check {
namespace {

using testing::HasSubstr;
using testing::Not;

// base64 of "-----BEGIN CERTIFICATE-----\nca\n" and so on.
constexpr const char* kConfig = R"(apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCmNhCg==
    server: https://192.168.76.11:6443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: kubernetes-admin
  name: kubernetes-admin@kubernetes
current-context: kubernetes-admin@kubernetes
kind: Config
users:
- name: kubernetes-admin
  user:
    client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCm1lCg==
    client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpzZWNyZXQK
)";

std::string error_of(const std::string& text) {
    try {
        (void)read_admin_config(text);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::guest);
        EXPECT_FALSE(error.hint().empty());
        return error.what();
    }
    return "no error";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
}

TEST(AdminConfig, GivesTheThreeTextsOfAFileThatKubeadmWrote) {
    const auto config = read_admin_config(kConfig);
    EXPECT_EQ(config.authority, "-----BEGIN CERTIFICATE-----\nca\n");
    EXPECT_EQ(config.client_certificate, "-----BEGIN CERTIFICATE-----\nme\n");
    EXPECT_EQ(config.client_key, "-----BEGIN RSA PRIVATE KEY-----\nsecret\n");
}

TEST(AdminConfig, NamesTheFieldThatIsMissing) {
    EXPECT_THAT(error_of(replaced(kConfig, "client-key-data", "client-key")), HasSubstr("client-key-data is missing"));
    EXPECT_THAT(error_of(""), HasSubstr("certificate-authority-data is missing"));
}

TEST(AdminConfig, RefusesAFieldThatIsNotBase64OfAPemText) {
    EXPECT_THAT(error_of(replaced(kConfig, "client-key-data: LS0t", "client-key-data: !!!!")), HasSubstr("not base64"));
    EXPECT_THAT(error_of(replaced(kConfig, "client-key-data: LS0t", "client-key-data: AAAA")), HasSubstr("not a PEM"));
}

TEST(AdminConfig, KeepsTheKeyOutOfItsErrors) {
    const auto broken = replaced(kConfig, "client-key-data: LS0t", "client-key-data: !!!!");
    EXPECT_THAT(error_of(broken), Not(HasSubstr("1CRUdJTiBSU0")));
}

}  // namespace
}  // namespace crib::check
