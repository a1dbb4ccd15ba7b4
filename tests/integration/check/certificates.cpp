#include "tests/integration/check/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <vector>

namespace crib::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Cert = std::unique_ptr<X509, decltype(&X509_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string to_pem(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(bio.get(), certificate);
    return text_of(bio.get());
}

std::string to_pem(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(bio.get());
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    if (extension == nullptr) throw std::runtime_error("cannot add the extension " + value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

// Unsigned: the caller adds extensions and signs.
Cert blank(const std::string& name, EVP_PKEY* key) {
    static long serial = 1;
    Cert certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24 * 3600);
    X509_set_pubkey(certificate.get(), key);
    const auto* bytes = reinterpret_cast<const unsigned char*>(name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8, bytes, -1, -1, 0);
    return certificate;
}

Key new_key() {
    return {EVP_EC_gen("P-256"), EVP_PKEY_free};
}

std::string base64(const std::string& text) {
    std::vector<unsigned char> out(text.size() * 2 + 4);
    const int size =
        EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    return {reinterpret_cast<const char*>(out.data()), static_cast<std::size_t>(size)};
}

}  // namespace

Certificate make_authority(const std::string& name) {
    const auto key = new_key();
    const auto certificate = blank(name, key.get());
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
    add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign,digitalSignature");
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    return {to_pem(certificate.get()), to_pem(key.get())};
}

Certificate issue(const Certificate& authority, const std::string& name, const std::string& alternative_names) {
    const Bio issuer_text(BIO_new_mem_buf(authority.certificate.data(), -1), BIO_free);
    const Bio key_text(BIO_new_mem_buf(authority.key.data(), -1), BIO_free);
    const Cert issuer(PEM_read_bio_X509(issuer_text.get(), nullptr, nullptr, nullptr), X509_free);
    const Key issuer_key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    const auto key = new_key();
    const auto certificate = blank(name, key.get());
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
    const bool client = alternative_names.empty();
    add_extension(certificate.get(), issuer.get(), NID_ext_key_usage, client ? "clientAuth" : "serverAuth");
    if (!client) add_extension(certificate.get(), issuer.get(), NID_subject_alt_name, alternative_names);
    X509_sign(certificate.get(), issuer_key.get(), EVP_sha256());
    return {to_pem(certificate.get()), to_pem(key.get())};
}

std::string admin_conf(const Certificate& authority, const Certificate& client) {
    return "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: " + base64(authority.certificate) +
           "\n    server: https://192.168.76.11:6443\n  name: kubernetes\nusers:\n- name: kubernetes-admin\n  user:\n" +
           "    client-certificate-data: " + base64(client.certificate) +
           "\n    client-key-data: " + base64(client.key) + "\n";
}

}  // namespace crib::test
