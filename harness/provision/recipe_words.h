#pragma once
// What the words of a recipe may be. Internal to provision.

#include <string>

namespace crib::provision {

// What a text must be, and what one is that is not: "no minor version like 1.31".
struct Rule {
    bool (*holds)(const std::string& text);
    const char* otherwise;
};

extern const Rule kName;
extern const Rule kVariable;
extern const Rule kLine;
extern const Rule kNeed;
extern const Rule kKernelArgument;
extern const Rule kMinor;
extern const Rule kKubeadmApi;
extern const Rule kMode;
extern const Rule kPathOnNode;

}  // namespace crib::provision
