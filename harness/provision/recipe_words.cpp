#include "harness/provision/recipe_words.h"

#include "harness/base/plain_name.h"
#include "harness/base/text.h"

#include <algorithm>
#include <string_view>

namespace crib::provision {
namespace {

bool is_name(const std::string& text) {
    return is_plain_name(text);
}

bool is_variable(const std::string& text) {
    return is_variable_name(text);
}

bool is_line(const std::string& text) {
    return objection_to_line(text).empty();
}

bool is_need(const std::string& text) {
    constexpr std::string_view kAll = "@all";
    return is_plain_name(text.ends_with(kAll) ? text.substr(0, text.size() - kAll.size()) : text);
}

bool is_kernel_argument(const std::string& text) {
    return is_line(text) && text.find(' ') == std::string::npos;
}

bool is_minor_version(const std::string& text) {
    const auto numbers = split(text, '.');
    return numbers.size() == 2 && std::all_of(numbers.begin(), numbers.end(), [](const std::string& number) {
               return !number.empty() && number.size() <= 6 &&
                      number.find_first_not_of("0123456789") == std::string::npos;
           });
}

bool is_kubeadm_api(const std::string& text) {
    constexpr std::string_view kGroup = "kubeadm.k8s.io/";
    return text.starts_with(kGroup) && is_plain_name(text.substr(kGroup.size()));
}

bool is_mode(const std::string& text) {
    return (text.size() == 3 || text.size() == 4) && text.find_first_not_of("01234567") == std::string::npos;
}

bool is_path_on_node(const std::string& text) {
    if (!text.starts_with('/') || !is_line(text)) return false;
    const auto parts = split(std::string_view(text).substr(1), '/');
    return std::none_of(parts.begin(), parts.end(),
                        [](const std::string& part) { return part.empty() || part == "." || part == ".."; });
}

}  // namespace

const Rule kName{is_name, "no plain name: letters, digits and \"._-\", at most 100"};
const Rule kVariable{is_variable, "no name of a variable: letters, digits and _, no digit at its begin"};
const Rule kLine{is_line, "no text of one line"};
const Rule kNeed{is_need, "neither STEP nor STEP@all"};
const Rule kKernelArgument{is_kernel_argument, "no argument of a kernel: one word"};
const Rule kMinor{is_minor_version, "no minor version like 1.31"};
const Rule kKubeadmApi{is_kubeadm_api, "no API of kubeadm like kubeadm.k8s.io/v1beta4"};
const Rule kMode{is_mode, "no mode of a file like 0644"};
const Rule kPathOnNode{is_path_on_node, "no path on a node: it begins with /, without . and .."};

}  // namespace crib::provision
