#include "harness/engine/redact.h"

#include <gtest/gtest.h>

namespace crib::engine {
namespace {

TEST(Redactor, HidesABootstrapTokenWhereverItStands) {
    Redactor redactor;
    EXPECT_EQ(redactor.line("using token abcdef.0123456789abcdef for discovery"), "using token (secret) for discovery");
    EXPECT_EQ(redactor.line("  kubeadm join 192.168.76.11:6443 --token abcdef.0123456789abcdef \\"),
              "  kubeadm join 192.168.76.11:6443 --token (secret) \\");
}

TEST(Redactor, HidesBootstrapTokensThatFollowEachOther) {
    Redactor redactor;
    EXPECT_EQ(redactor.line("abcdef.0123456789abcdef abcdef.0123456789abcdef,abcdef.0123456789abcdef"),
              "(secret) (secret),(secret)");
}

TEST(Redactor, HidesOnlyTheSecretOfALineOfAMillionLetters) {
    Redactor redactor;
    const std::string data(1'000'000, 'x');
    EXPECT_EQ(redactor.line(data + " --token abcdef " + data), data + " --token (secret) " + data);
}

TEST(Redactor, LeavesNamesThatOnlyLookAlike) {
    Redactor redactor;
    const std::string line = "loading registry.k8s.io/kube-apiserver:v1.36.3 on worker1.crib.test for k8s.gcr.io";
    EXPECT_EQ(redactor.line(line), line);
}

TEST(Redactor, HidesTheCertificateKeyAndTheClientKeyOfAKubeconfig) {
    Redactor redactor;
    EXPECT_EQ(redactor.line("--certificate-key 0123456789abcdef --v=5"), "--certificate-key (secret) --v=5");
    EXPECT_EQ(redactor.line("    client-key-data: LS0tLS1CRUdJTg=="), "    client-key-data: (secret)");
}

TEST(Redactor, HidesEveryLineOfAPrivateKeyAndNothingAfterIt) {
    Redactor redactor;
    EXPECT_EQ(redactor.text("before\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter\n"),
              "before\n(secret)\n(secret)\n(secret)\nafter\n");
}

TEST(Redactor, HidesAPrivateKeyThatIsOneJsonStringAndNothingAfterIt) {
    Redactor redactor;
    EXPECT_EQ(redactor.text("-----BEGIN EC PRIVATE KEY-----\\nMIIE\\n-----END EC PRIVATE KEY-----\\n\nafter\n"),
              "(secret)\nafter\n");
}

TEST(Redactor, HidesValuesItWasToldOf) {
    Redactor redactor;
    redactor.hide("hunter2hunter2");
    EXPECT_EQ(redactor.line("password=hunter2hunter2;"), "password=(secret);");
}

TEST(Redactor, HidesAServiceAccountToken) {
    Redactor redactor;
    EXPECT_EQ(redactor.line("Bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJl.c2lnbmF0dXJl"), "Bearer (secret)");
}

}  // namespace
}  // namespace crib::engine
