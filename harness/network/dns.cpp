#include "harness/network/dns.h"

#include <algorithm>
#include <cctype>

namespace crib::network {
namespace {

constexpr std::size_t dns_header = 12;
constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t type_opt = 41;
constexpr std::uint16_t type_any = 255;
constexpr std::uint16_t class_in = 1;
constexpr std::uint16_t code_no_error = 0;
constexpr std::uint16_t code_format_error = 1;
constexpr std::uint16_t code_no_such_name = 3;
constexpr std::uint16_t code_not_implemented = 4;
constexpr std::uint32_t time_to_live = 30;  // seconds

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (text.ends_with('.')) text.pop_back();
    return text;
}

// The name at `at`, which moves behind it. Queries have no business with compression.
std::optional<std::string> read_name(Bytes message, std::size_t& at) {
    std::string name;
    for (;;) {
        if (at >= message.size()) return std::nullopt;
        const std::size_t length = message[at++];
        if (length == 0) return lower(name);
        if (length > 63 || at + length > message.size() || name.size() + length > 253) return std::nullopt;
        if (!name.empty()) name += '.';
        const auto label = message.subspan(at, length);
        name.append(label.begin(), label.end());
        at += length;
    }
}

void append16(Frame& out, std::uint16_t value) {
    out.resize(out.size() + 2);
    write16(out, out.size() - 2, value);
}

Frame make_answer(Bytes query, const DnsQuestion& question, std::uint16_t code, const Ipv4* address) {
    Frame out(query.begin(), query.begin() + static_cast<std::ptrdiff_t>(question.end));
    // A response with authority; recursion "available", so that stub resolvers do not look elsewhere.
    write16(out, 2, static_cast<std::uint16_t>(0x8480U | (question.flags & 0x7900U) | code));
    write16(out, 4, 1);
    write16(out, 6, address != nullptr ? 1 : 0);
    write16(out, 8, 0);
    write16(out, 10, question.extended ? 1 : 0);
    if (address != nullptr) {
        append16(out, 0xc000U | dns_header);  // the question's name
        append16(out, type_a);
        append16(out, class_in);
        append16(out, 0);
        append16(out, time_to_live);
        append16(out, 4);
        append16(out, static_cast<std::uint16_t>(address->number >> 16U));
        append16(out, static_cast<std::uint16_t>(address->number & 0xffffU));
    }
    if (question.extended) {
        out.push_back(0);
        append16(out, type_opt);
        append16(out, 1232);  // the largest UDP answer we would take
        for (int i = 0; i < 3; ++i) append16(out, 0);
    }
    return out;
}

}  // namespace

std::optional<DnsQuestion> parse_dns_query(Bytes message) {
    if (message.size() < dns_header) return std::nullopt;
    DnsQuestion question;
    question.id = read16(message, 0);
    question.flags = read16(message, 2);
    if ((question.flags & 0x8000U) != 0 || read16(message, 4) != 1) return std::nullopt;
    std::size_t at = dns_header;
    const auto name = read_name(message, at);
    if (!name || at + 4 > message.size()) return std::nullopt;
    question.name = *name;
    question.type = read16(message, at);
    question.klass = read16(message, at + 2);
    question.end = at + 4;
    const auto rest = message.subspan(question.end);
    question.extended = read16(message, 10) == 1 && rest.size() >= 11 && rest[0] == 0 && read16(rest, 1) == type_opt;
    return question;
}

DnsZone::DnsZone(const std::map<std::string, Ipv4>& names, std::string domain, bool pass_unknown)
    : domain_(lower(std::move(domain))), pass_unknown_(pass_unknown) {
    for (const auto& [name, address] : names) names_.emplace(lower(name), address);
}

bool DnsZone::in_domain(const std::string& name) const {
    return !domain_.empty() && (name == domain_ || name.ends_with("." + domain_));
}

DnsZone::Answer DnsZone::answer(Bytes query) const {
    if (query.size() < dns_header || (query[2] & 0x80U) != 0) return {};
    const auto question = parse_dns_query(query);
    if (!question) {
        DnsQuestion unread{read16(query, 0), read16(query, 2), {}, 0, 0, false, dns_header};
        auto message = make_answer(query, unread, code_format_error, nullptr);
        write16(message, 4, 0);
        return {Verdict::answered, std::move(message)};
    }
    if ((question->flags & 0x7800U) != 0) {
        return {Verdict::answered, make_answer(query, *question, code_not_implemented, nullptr)};
    }
    const auto known = question->klass == class_in ? names_.find(question->name) : names_.end();
    if (known != names_.end()) {
        const bool wanted = question->type == type_a || question->type == type_any;
        return {Verdict::answered, make_answer(query, *question, code_no_error, wanted ? &known->second : nullptr)};
    }
    if (pass_unknown_ && !in_domain(question->name)) return {Verdict::pass_on, {}};
    return {Verdict::answered, make_answer(query, *question, code_no_such_name, nullptr)};
}

}  // namespace crib::network
