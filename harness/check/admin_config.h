#pragma once
// The three certificates in the admin.conf that kubeadm writes.

#include <string>
#include <string_view>

namespace crib::check {

struct AdminConfig {
    std::string authority;           // PEM: the cluster's certificate authority
    std::string client_certificate;  // PEM
    std::string client_key;          // PEM; secret: kept in memory, never written where people share files
};

// Reads kubeadm's fixed shape of a kubeconfig: one cluster, one user, the data inline as base64.
// Error(guest) naming the field that is missing or broken; the text of a field is never in the message.
[[nodiscard]] AdminConfig read_admin_config(std::string_view kubeconfig);

}  // namespace crib::check
