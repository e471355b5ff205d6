#pragma once

namespace zeromiss::app {

// The commands of evaluate, a file each: evaluate_<command>.cpp. argv[0] is the command's name.
int evaluate_audit(int argc, char** argv);
int evaluate_calibrate(int argc, char** argv);
int evaluate_compare(int argc, char** argv);
int evaluate_seal(int argc, char** argv);

}  // namespace zeromiss::app
