#pragma once
// A scenario for chance to break.

#include "tests/unit/scenario/scenario_text.h"

#include <string>

namespace crib::scenario {

// One of each key, so that every reader has something to be given wrongly.
inline const std::string kAll = R"({"name":"a","os":"debian-13","about":"${name}","internet":false,
"parameters":{"p":{"default":"1","values":["1",2]}},
"versions":{"kubernetes":"1.36.3","cri-o":"${versions.kubernetes}","flannel":"0.28.10"},
"components":{"flannel":"modules"},
"nodes":[{"name":"m","role":"control-plane","memory":"2300MiB","taints":[]},
{"name":"w","role":"worker","count":2,"vcpus":2,"disk":"16GiB","labels":{"a/b":"c"},"taints":["a=b:NoExecute"],"versions":{"kubernetes":"1.36.2"}}],
"mutations":[{"skip":"swap-off","nodes":["w"]},{"insert-after":"swap-off","id":"x","run":["a"]},{"set":{"RUNTIME":"${parameters.p}"}}],
"checks":[{"nodes-ready":{"timeout":"${versions.cri-o}"}}],
"expect":{"fails-at":"x","node":"w1","message":"m"},
"matrix":{"axes":{"os":["debian-12"]}} // end
})";

}  // namespace crib::scenario
