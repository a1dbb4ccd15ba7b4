// The rules about package repositories, and what keeps a system from one.

#include "harness/base/text.h"
#include "harness/catalogue/judge.h"
#include "harness/catalogue/obstacle.h"

#include <fmt/format.h>

#include <algorithm>

namespace crib::catalogue {

std::string obstacle(const Repository& repository, const std::string& version, const OperatingSystem* os,
                     const CriOFacts* cri_o) {
    if (!repository.has_packages) return fmt::format("{} has programs, no packages", repository.name);
    if (repository.state == Repository::State::gone) {
        return fmt::format("{} is gone since {}", repository.name, repository.since);
    }
    if (os == nullptr) return {};
    if (os->package_manager == "apt" ? !repository.deb : !repository.rpm) {
        return fmt::format("{} has nothing for {}", repository.name, os->package_manager);
    }
    if (!repository.needs_os_name) return {};
    if (os->kubic.empty()) return fmt::format("{} has nothing for {}", repository.name, os->name);
    if (cri_o == nullptr) return {};
    const auto& has = cri_o->kubic_os;
    if (std::find(has.begin(), has.end(), os->kubic) != has.end()) return {};
    return fmt::format("{} has {} for {}, not for {}", repository.name, version, join(has, ", "), os->kubic);
}

Legality::Judge::Offer Legality::Judge::offer_of(const View& view, const std::string& component,
                                                 const KnownVersion& version,
                                                 const std::vector<std::string>& names) const {
    Offer offer;
    const auto wanted = cell_.repositories.find(component);
    for (const auto& name : names) {
        if (wanted != cell_.repositories.end() && wanted->second != name) continue;
        const auto& repository = tables_.catalogue.repository(component, name);
        if (!repository.has_packages) offer.programs = &repository;
        auto why = obstacle(repository, version.text, view.os, view.cri_o);
        if (why.empty()) {
            if (!offer.best || repository.state < offer.best->state) offer.best = &repository;
            continue;
        }
        if (repository.has_packages) offer.source += (offer.source.empty() ? "" : "; ") + repository.source;
        if (repository.has_packages) offer.obstacles.push_back(std::move(why));
    }
    if (!offer.best && offer.obstacles.empty()) {
        offer.obstacles.push_back(fmt::format("{} does not have it; {}",
                                              wanted == cell_.repositories.end() ? "upstream" : wanted->second,
                                              names.empty() ? "nothing has" : join(names, ", ") + " may"));
        offer.source = "fixtures/catalogue/" + component + ".json";
    }
    return offer;
}

void Legality::Judge::check_repository(const View& view, const std::string& component, const KnownVersion* version,
                                       const std::vector<std::string>& names) {
    if (source_of(component) != Source::upstream) return;
    const auto offer = offer_of(view, component, *version, names);
    const bool as_programs = !offer.best && offer.programs && cell_.as_programs.contains(component);
    const auto none = fmt::format("there is no package repository with {} {}{}: {}", component, version->text,
                                  view.os ? " for " + view.os->name : "", join(offer.obstacles, "; "));
    const auto about = "versions." + component;
    if (refused_ && !offer.best && !as_programs) {
        add("no-repository", view.node->name, none, offer.source, about);
    }
    if (!refused_ && as_programs) {
        add("programs-only", view.node->name,
            fmt::format("{}; its programs come from {}, without what packages would bring", none, offer.programs->name),
            offer.source, about);
    }
    if (!refused_ && offer.best && offer.best->state == Repository::State::unmaintained) {
        add("repository-unmaintained", view.node->name,
            fmt::format("{} {}{} is only in repository {}, which is not maintained any more", component, version->text,
                        view.os ? " for " + view.os->name : "", offer.best->name),
            offer.best->source, about);
    }
}

}  // namespace crib::catalogue
