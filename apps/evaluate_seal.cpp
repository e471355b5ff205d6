#include "choices.hpp"
#include "evaluate_commands.hpp"
#include "run_main.hpp"

#include <zeromiss/tools/seal.hpp>

#include <iostream>

namespace zeromiss::app {

int evaluate_seal(int argc, char** argv) {
  CLI::App app{"Freeze a test set: the SHA-256 of every image and label file, and a check of it",
               "evaluate seal"};
  SealOptions options;
  app.add_option("inputs", options.inputs,
                 "Folders (with their subfolders) and files: images, labels")
      ->type_name("FOLDER|FILE");
  app.add_option("-o,--output", options.output,
                 "The seal, a text that sha256sum -c reads too; its paths are relative to its own "
                 "folder")
      ->type_name("FILE");
  app.add_option("--check", options.check,
                 "Instead: hold the files against this seal and name what differs")
      ->type_name("FILE");
  app.add_flag("--overwrite", options.overwrite, "Replace an earlier seal");
  add_choice<ProgressMode>(app, "--progress", options.progress,
                           {{"auto", ProgressMode::automatic},
                            {"always", ProgressMode::always},
                            {"never", ProgressMode::never}},
                           "Progress on stderr; auto: only where it helps");
  app.add_flag("-v,--verbose", options.verbose, "Name the files that are not sealed");
  app.add_flag("-q,--quiet", options.quiet, "Only errors on stderr");
  add_common(app);
  app.footer(
      "Exit codes: 0 sealed, or intact; 2 usage, 3 a file cannot be read, 5 cannot write,\n"
      "7 a file was changed, added or lost.\n"
      "Example: evaluate seal test labels.csv -o SHA256SUMS && evaluate seal --check SHA256SUMS");
  return run_main(app, argc, argv, [&] { return seal_set(options, std::cout); });
}

}  // namespace zeromiss::app
