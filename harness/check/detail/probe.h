#pragma once
// Probe: how one check looks at the cluster. Trouble on the way is remembered, not thrown, so that
// an observation can say "not yet" with the reason.

#include "harness/base/context.h"
#include "harness/base/wait.h"
#include "harness/check/api_objects.h"
#include "harness/check/checker.h"
#include "harness/check/cluster_view.h"
#include "harness/check/detail/api_trouble.h"
#include "harness/check/detail/pod_trouble.h"

#include <optional>
#include <string>
#include <vector>

namespace crib::check::detail {

// Pods that checks make carry it; checks of pods leave them out.
inline constexpr const char* kOwnLabel = "crib.test/check";

// What came of a question that a script put to somebody over the cluster's network.
struct Asked {
    std::optional<std::string> answer;  // what it printed, when it ended well
    std::string why;                    // else: the end of a sentence, " within 10 s" or ": connection refused"
};

class Probe {
public:
    Probe(ClusterView& view, const Settings& settings, Context context);

    [[nodiscard]] ClusterView& view() { return view_; }
    [[nodiscard]] const Settings& settings() const { return settings_; }
    [[nodiscard]] TimePoint now() const { return context_.clock->now(); }
    [[nodiscard]] Duration scaled(Duration duration) const;

    // Nothing on trouble, which trouble() then explains.
    std::optional<std::string> get(const std::string& path);
    // Likewise, but empty where there is no such object.
    std::optional<std::string> get_if_there(const std::string& path);
    std::optional<std::vector<Node>> nodes();
    // Without the pods of checks. An empty namespace means all.
    std::optional<std::vector<Pod>> pods(const std::string& name_space, const std::string& labels = {});
    std::optional<std::vector<Pod>> all_pods(const std::string& name_space, const std::string& labels);
    std::optional<Pod> pod(const std::string& name_space, const std::string& name);
    // As detail::trouble_of(); of a crash loop that looks terminal, with all pods of the cluster, so that a container
    // that went without what it needs is given time. While these cannot be had, nothing is terminal.
    std::optional<PodTrouble> trouble_of(const Pod& pod, PodRules rules);
    // True when the object is there, made now or before.
    bool create(const std::string& path, const std::string& json);
    // Also when the context is done, but then shortly. A server that does not answer is not asked again. Never throws.
    void remove(const std::string& path) noexcept;
    // By a script on the node itself, or in a container of it, by the runtime's id.
    Asked ask(const std::string& node, const std::string& script);
    Asked ask_in_container(const std::string& node, const std::string& container, const std::string& script);

    [[nodiscard]] Observation trouble() const { return Observation::not_yet(trouble_); }

    // Waits for a change of what was listed last, or for a while when nothing was.
    void wait_for_change();
    // The next wait is for something that no list shows, such as a server that does not listen yet: short.
    void wait_briefly() { briefly_ = true; }
    // What a copy of this probe has learnt of the nodes.
    void learn_from(const Probe& copy);
    // What the last look ran that did not end well, and what came of it: too long for a person's line. Empty: nothing.
    [[nodiscard]] const std::string& ran() const { return ran_; }
    void begin_look() { ran_.clear(); }
    // Did the cluster ever answer, in the way that was tried last?
    [[nodiscard]] bool reached() const { return api_answered_ && (!tried_node_ || node_answered_); }

private:
    std::optional<std::string> take(const std::string& what, Answer answer);
    [[nodiscard]] Context attempt() const;
    Asked ask_by(const std::string& node, const std::string& script);
    void note_ran(const std::string& node, const std::string& script, const NodeRun& result);

    ClusterView& view_;
    const Settings& settings_;
    Context context_;
    ApiTrouble api_trouble_;
    std::string trouble_;
    std::string ran_;
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
