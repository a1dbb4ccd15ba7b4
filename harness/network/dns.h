#pragma once
// The cluster's own names. Pure: a query message in, the answer message out (RFC 1035, UDP).

#include "harness/network/packet.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crib::network {

struct DnsQuestion {
    std::uint16_t id = 0;
    std::uint16_t flags = 0;
    std::string name;  // lower case, without the last dot
    std::uint16_t type = 0;
    std::uint16_t klass = 0;
    bool extended = false;  // the query carries an EDNS record
    std::size_t end = 0;    // where the question section ends in the message
};

// Nothing when it is not a query with exactly one readable question.
[[nodiscard]] std::optional<DnsQuestion> parse_dns_query(Bytes message);

class DnsZone {
public:
    // `names`: whole names to addresses. With `pass_unknown`, answer() leaves names it does not know to somebody
    // else; without, they do not exist. Names in `domain` are never left to somebody else.
    DnsZone(const std::map<std::string, Ipv4>& names, std::string domain, bool pass_unknown);

    enum class Verdict { answered, pass_on, ignore };
    struct Answer {
        Verdict verdict = Verdict::ignore;
        Frame message;
    };
    [[nodiscard]] Answer answer(Bytes query) const;

private:
    [[nodiscard]] bool in_domain(const std::string& name) const;

    std::map<std::string, Ipv4> names_;
    std::string domain_;
    bool pass_unknown_;
};

}  // namespace crib::network
