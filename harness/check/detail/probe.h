#pragma once
// Probe: how one check looks at the cluster. Trouble on the way is remembered, not thrown, so that
// an observation can say "not yet" with the reason.

#include "harness/base/context.h"
#include "harness/base/wait.h"
#include "harness/check/api_objects.h"
#include "harness/check/checker.h"
#include "harness/check/cluster_view.h"

#include <optional>
#include <string>
#include <vector>

namespace crib::check::detail {

// Pods that checks make carry it; checks of pods leave them out.
inline constexpr const char* kOwnLabel = "crib.test/check";

class Probe {
public:
    Probe(ClusterView& view, const Settings& settings, Context context);

    [[nodiscard]] ClusterView& view() { return view_; }
    [[nodiscard]] const Settings& settings() const { return settings_; }
    [[nodiscard]] TimePoint now() const { return context_.clock->now(); }
    [[nodiscard]] Duration scaled(Duration duration) const;

    // Nothing on trouble, which trouble() then explains.
    std::optional<std::string> get(const std::string& path);
    std::optional<std::vector<Node>> nodes();
    // Without the pods of checks. An empty namespace means all.
    std::optional<std::vector<Pod>> pods(const std::string& name_space, const std::string& labels = {});
    std::optional<std::vector<Pod>> all_pods(const std::string& name_space, const std::string& labels);
    std::optional<Pod> pod(const std::string& name_space, const std::string& name);
    // True when the object is there, made now or before.
    bool create(const std::string& path, const std::string& json);
    // Also when the context is done, but then shortly. A server that does not answer is not asked again. Never throws.
    void remove(const std::string& path) noexcept;
    // Standard output of a script that ended well.
    std::optional<std::string> run(const std::string& node, const std::string& script);

    [[nodiscard]] Observation trouble() const { return Observation::not_yet(trouble_); }

    // Waits for a change of what was listed last, or for a while when nothing was.
    void wait_for_change();
    // The next wait is for something that no list shows, such as a server that does not listen yet: short.
    void wait_briefly() { briefly_ = true; }
    // What a copy of this probe has learnt of the nodes.
    void learn_from(const Probe& copy);
    // Did the cluster ever answer, in the way that was tried last?
    [[nodiscard]] bool reached() const { return api_answered_ && (!tried_node_ || node_answered_); }

private:
    std::optional<std::string> take(const std::string& what, Answer answer);
    [[nodiscard]] Context attempt() const;

    ClusterView& view_;
    const Settings& settings_;
    Context context_;
    std::string trouble_;
    std::string listed_path_;
    std::string listed_version_;
    bool api_answered_ = false;
    bool tried_node_ = false;
    bool node_answered_ = false;
    bool briefly_ = false;
    bool removes_in_vain_ = false;
};

// "/api/v1/namespaces/kube-system/pods?labelSelector=app%3Dflannel"
[[nodiscard]] std::string pods_path(const std::string& name_space, const std::string& labels);

}  // namespace crib::check::detail
