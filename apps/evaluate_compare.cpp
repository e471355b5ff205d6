#include "evaluate_commands.hpp"
#include "evaluate_options.hpp"

#include <zeromiss/tools/compare.hpp>

#include <iostream>

namespace zeromiss::app {

int evaluate_compare(int argc, char** argv) {
  CLI::App app{"What changed from A to B on the same labelled images, image by image",
               "evaluate compare"};
  CompareOptions options;
  app.add_option("a", options.a,
                 "Output folder of evaluate; or, with --gt, predictions as evaluate takes them")
      ->type_name("A");
  app.add_option("b", options.b, "What is held against it, the same")->type_name("B");
  bind_what(app, options.input);
  bind_point(app, options.input);
  bind_detection(app, options.input);
  bind_segmentation(app, options.input);
  for (const char* other :
       {"--predictions", "--images", "--no-html", "--summary-md", "--defect-rate"})
    app.remove_option(app.get_option(other));
  app.get_option("--output")->description("Folder for compare.json and flips.csv");
  app.get_option("--overwrite")->description("Replace an earlier comparison in --output");
  bind_messages(app, options.input);
  add_common(app);
  app.footer(
      "New escape: a defective image that passes in B and did not in A.\n"
      "Exit codes: 0 no new escape, 1 a new escape, 2 usage, 3 predictions or labels unusable, 4 "
      "some\n"
      "images of B are ERROR, 5 cannot write, 7 other test set, labels or task.\n"
      "Example: evaluate compare old new --gt labelled -o compared");
  return run_main(app, argc, argv, [&] { return compare(options, std::cout); });
}

}  // namespace zeromiss::app
