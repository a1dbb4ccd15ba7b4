#pragma once
// The names of what a switch keeps in its run's folder. Known to the program and to its client.

#include <string>

namespace crib::network::run_files {

inline const std::string config = "switch-config.json";
inline const std::string state = "switch.json";      // ports and forwards; complete when it is there
inline const std::string owner = "switch.lock";      // held while the program lives
inline const std::string control = "switch.sock";    // requests and answers, one JSON object a line
inline const std::string http = "switch-http.sock";  // the gateway's web server; only the program opens it
inline const std::string log = "switch.log";

}  // namespace crib::network::run_files
