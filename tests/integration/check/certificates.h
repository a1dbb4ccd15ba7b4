#pragma once
// Certificates made on the spot, as kubeadm makes them: an authority, the server's, the client's.

#include <string>

namespace crib::test {

struct Certificate {
    std::string certificate;  // PEM
    std::string key;          // PEM
};

[[nodiscard]] Certificate make_authority(const std::string& name);
// `alternative_names` as OpenSSL writes them: "DNS:kubernetes,IP:192.168.76.11"; empty: a client's.
[[nodiscard]] Certificate issue(const Certificate& authority, const std::string& name,
                                const std::string& alternative_names);

// The text of an admin.conf with these.
[[nodiscard]] std::string admin_conf(const Certificate& authority, const Certificate& client);

}  // namespace crib::test
