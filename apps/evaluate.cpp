// evaluate: predictions and labels in, every figure out. The manual is apps/README.md.
#include "commands.hpp"
#include "evaluate_commands.hpp"
#include "evaluate_options.hpp"

#include <array>
#include <iostream>

namespace {

using zeromiss::app::Command;
constexpr std::array kCommands{Command{"audit", zeromiss::app::evaluate_audit},
                               Command{"calibrate", zeromiss::app::evaluate_calibrate},
                               Command{"compare", zeromiss::app::evaluate_compare},
                               Command{"seal", zeromiss::app::evaluate_seal}};

}  // namespace

int main(int argc, char** argv) {
  const auto* command = zeromiss::app::find_command(kCommands, argc, argv);
  if (command != nullptr) return command->run(argc - 1, argv + 1);
  CLI::App app{
      "Hold predictions against ground truth: escapes, overkills and every figure behind "
      "them",
      "evaluate"};
  zeromiss::ScoreOptions options;
  zeromiss::app::bind_what(app, options);
  zeromiss::app::bind_point(app, options);
  zeromiss::app::bind_parts(app, options);
  zeromiss::app::bind_gates(app, options);
  zeromiss::app::bind_detection(app, options);
  zeromiss::app::bind_segmentation(app, options);
  zeromiss::app::bind_messages(app, options);
  zeromiss::app::add_common(app);
  app.footer(
      "Commands, each with its own --help: evaluate audit looks for leaks between splits,\n"
      "evaluate calibrate chooses the limit,\n"
      "evaluate compare holds two runs against each other, evaluate seal freezes a test set.\n"
      "Escape: defective but PASS. Overkill: good but not PASS. Positive always means defective.\n"
      "Exit codes: 0 done, 1 a gate failed, 2 usage, 3 predictions or labels unusable, 4 some "
      "predictions are "
      "ERROR,\n"
      "5 cannot write, 7 another test set than the baseline's, a broken seal, or images that chose "
      "the "
      "limit,\n"
      "8 a gate lacks evidence, 70 a bug.\n"
      "Example: evaluate --predictions out --gt data/samples -o metrics");
  return zeromiss::app::run_main(app, argc, argv,
                                 [&] { return zeromiss::score(options, std::cout); });
}
