// inspect: a folder of images and a model in, a verdict for every image out. The manual is
// apps/README.md.
#include "choices.hpp"
#include "run_main.hpp"

#include <zeromiss/model/engines.hpp>
#include <zeromiss/model/isolation.hpp>
#include <zeromiss/tools/inspect.hpp>
#include <zeromiss/tools/merge.hpp>
#include <zeromiss/tools/record_guard.hpp>
#include <zeromiss/tools/roll_up.hpp>
#include <zeromiss/tools/show_steps.hpp>
#include <zeromiss/tools/unpack_klarf.hpp>

#include <string_view>

namespace {

using zeromiss::InspectOptions;
using zeromiss::app::add_choice;
using zeromiss::app::add_count;

void bind_what(CLI::App& app, InspectOptions& o) {
  app.add_option("-m,--model", o.model, "Model package: a folder with model.json")
      ->type_name("DIR");
  app.add_option("-i,--input", o.inputs, "Folders (with their subfolders) or single images")
      ->type_name("PATH");
  app.add_option("--model-sha256", o.model_sha256,
                 "Refuse a package whose model.json has another SHA-256 (--dry-run prints it)")
      ->type_name("HEX");
  app.add_option("--model-key", o.model_key,
                 "Refuse a package whose model.sig is not model.json signed with this public key")
      ->type_name("PEM");
  app.add_option("--files-from", o.files_from,
                 "Inspect the paths in FILE, one a line (- for stdin), relative to --input")
      ->type_name("FILE|-");
  app.add_flag("-0,--null", o.nul_separated,
               "Paths of --files-from end with NUL instead of a line end");
  app.add_option("--hash-list", o.hash_list,
                 "Hold every image against its SHA-256 in FILE (sha256sum's format, paths relative "
                 "to --input); what is missing, other or not in it is an ERROR")
      ->type_name("FILE");
  app.add_option("-o,--output", o.output, "Folder for the results; must not exist yet")
      ->type_name("DIR");
  app.add_flag("--overwrite", o.overwrite, "Replace the results in --output");
  app.add_flag("--resume", o.resume, "Finish an interrupted run in --output");
  app.add_flag("--verify", o.verify, "With --resume: hash every recorded image again");
  app.add_flag("--all-files", o.listing.all_files,
               "Any file extension, hidden and system files too");
  app.add_flag("--follow-links", o.listing.follow_links, "Go into links to folders");
}

void bind_how(CLI::App& app, InspectOptions& o) {
  app.add_option("-d,--device", o.device, "Where the model runs")
      ->type_name("auto|cpu|cuda[:N]|gpu[:N]")
      ->capture_default_str();
  add_count(app, "-b,--batch", o.batch, 1024,
            "Images a forward pass; part of the settings that records depend on");
  add_count(app, "-t,--threads", o.threads, 1024, "Workers; auto: every CPU this process may use");
  app.add_flag("--isolate", o.isolate,
               "Run the model in processes of its own, without network or files to write: what it "
               "does there makes its images ERROR and no more");
  app.add_option("--image-timeout", o.image_timeout,
                 "With --isolate: seconds that an image may take in the model, 60 unless told")
      ->type_name("SECONDS");
  app.add_option(
         "--load-timeout", o.load_timeout,
         "With --isolate: seconds that loading the model, and a batch of its self-test, may "
         "take, 300 unless told")
      ->type_name("SECONDS");
  app.add_option("--shard", o.shard,
                 "Only this part of the list, counted from 0; auto: from Slurm, Kubernetes, AWS "
                 "Batch, Grid Engine or MPI. inspect merge puts the parts together")
      ->type_name("I/N|auto");
  zeromiss::app::add_precision(
      app, o.precision, "Arithmetic of the model; must be the one that its limits were set at");
  app.add_flag("--for-calibration", o.for_calibration,
               "Scores to set limits on with evaluate calibrate, at any --precision: no image "
               "passes");
  app.add_option("--reject-at", o.reject_at,
                 "REJECT from this score on, instead of the package's limit")
      ->type_name("SCORE");
  app.add_option("--review-at", o.review_at,
                 "REVIEW from this score on, instead of the package's limit")
      ->type_name("SCORE");
  app.add_flag("--prove-stable", o.prove_stable,
               "Judge pictures near a limit again, in other ways and after changes that nobody "
               "sees; a verdict that does not stay is REVIEW");
  app.add_option("--stability-band", o.stability_band,
                 "With --prove-stable: near a limit is a score whose odds are up to so many times "
                 "smaller or larger, 3 unless told")
      ->type_name("FACTOR");
  app.add_option("--max-pixels", o.prepare.max_pixels,
                 "Refuse larger pictures before memory is taken")
      ->check(zeromiss::app::at_least_one())
      ->type_name("N")
      ->capture_default_str();
  add_choice<zeromiss::FramesRule>(
      app, "--frames", o.prepare.frames,
      {{"refuse", zeromiss::FramesRule::refuse}, {"first", zeromiss::FramesRule::first}},
      "Pictures of several pages or frames: ERROR, or inspect the first");
}

/// What inspect and inspect merge write beside the records.
template <typename Options>
void add_derived(CLI::App& app, Options& o) {
  add_choice<zeromiss::SaveOverlay>(app, "--save-overlay", o.save_overlay,
                                    {{"none", zeromiss::SaveOverlay::none},
                                     {"rejected", zeromiss::SaveOverlay::rejected},
                                     {"all", zeromiss::SaveOverlay::all}},
                                    "Write pictures with the defects drawn into them to overlays/");
  app.add_option("--coco-ids", o.coco_ids,
                 "COCO labels whose numbers of images and categories predictions.coco.json gets")
      ->type_name("FILE");
  app.add_flag("--no-masks", o.no_masks, "Do not write masks/");
  app.add_flag("--no-html", o.no_html, "Do not write report.html");
  app.add_flag("--csv-bom", o.csv_bom, "Begin results.csv with a byte order mark, for Excel");
}

void bind_report(CLI::App& app, InspectOptions& o) {
  add_choice<zeromiss::FailOn>(app, "--fail-on", o.fail_on,
                               {{"reject", zeromiss::FailOn::reject},
                                {"review", zeromiss::FailOn::review},
                                {"none", zeromiss::FailOn::none}},
                               "Exit 1 when a picture is rejected, or at least needs review");
  add_derived(app, o);
  add_choice<zeromiss::ProgressMode>(app, "--progress", o.progress,
                                     {{"auto", zeromiss::ProgressMode::automatic},
                                      {"always", zeromiss::ProgressMode::always},
                                      {"never", zeromiss::ProgressMode::never}},
                                     "Show how far it is; auto: on a terminal, or for long runs");
  app.add_flag("--dry-run", o.dry_run,
               "Check model and input, say what would be done, write nothing");
  app.add_flag("-v,--verbose", o.verbose,
               "Say more on stderr: model, device, settings, stage times");
  app.add_flag("-q,--quiet", o.quiet, "Only errors on stderr");
}

void bind_roll_up(CLI::App& app, zeromiss::RollUpOptions& o) {
  app.add_option(
         "--part-pattern", o.part_pattern,
         "Roll images up to parts by their names, as in {part}_{view}: parts.csv; a part is "
         "PASS only when all its images are there and PASS")
      ->type_name("PATTERN");
  app.add_option("--part-images", o.part_images, "So many images make a part")
      ->check(zeromiss::app::at_least_one())
      ->type_name("N");
  app.add_option("--part-views", o.part_views, "Instead: one image of each of these {view}s")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,NAME,...");
  app.add_option(
         "--id-pattern", o.id_pattern,
         "Roll images up to wafers by their names, as in {lot}_{wafer}_{x}_{y}: wafers/ with "
         "a yield map, SEMI G85, SEMI E142 and KLARF 1.2 for each")
      ->type_name("PATTERN");
  app.add_option("--die-list", o.die_list,
                 "CSV with the columns x and y: the dies of a whole wafer; default: those that any "
                 "wafer of the run has")
      ->type_name("FILE");
  app.add_option("--die-origin", o.geometry.origin,
                 "Corner where x and y are smallest: lower-left, lower-right, upper-left or "
                 "upper-right")
      ->type_name("CORNER")
      ->capture_default_str();
  app.add_option("--notch", o.geometry.orientation,
                 "Where the notch is, in degrees: 0 bottom, 90 left, 180 top, 270 right")
      ->type_name("DEGREES")
      ->capture_default_str();
  app.add_option_function<std::vector<double>>(
         "--die-pitch-um",
         [&o](const std::vector<double>& size) {
           o.geometry.pitch_x_um = size.at(0);
           o.geometry.pitch_y_um = size.at(1);
         },
         "Width and height of a die; without it lengths in KLARF are in dies")
      ->delimiter(',')
      ->expected(2)
      ->type_name("X,Y");
}

CLI::App* add_export(CLI::App& app, zeromiss::ExportOptions& o) {
  CLI::App* command = app.add_subcommand(
      "export", "Write the records of a complete run as SQLite, parts, or wafer maps");
  command->add_option("run", o.run, "Output folder of inspect or inspect merge")->type_name("DIR");
  command->add_option("--sqlite", o.sqlite, "Database to write: tables images and run")
      ->type_name("FILE");
  command
      ->add_option("-o,--output", o.output,
                   "Folder for parts.csv and wafers/; default: the run's own")
      ->type_name("DIR");
  bind_roll_up(*command, o.roll_up);
  command->footer(
      "Exit codes: 0 done, 2 usage, 3 the run is not complete or a name does not fit, 4 a part or\n"
      "die is in ERROR or missing, 5 cannot write.\n"
      "Example: inspect export night --sqlite night.db --id-pattern '{lot}_{wafer}_{x}_{y}'");
  return command;
}

CLI::App* add_klarf(CLI::App& app, zeromiss::UnpackKlarfOptions& o) {
  CLI::App* command = app.add_subcommand(
      "klarf", "Take the defect pictures of a KLARF 1.x file out of its TIFFs, for inspection");
  command->add_option("file", o.klarf, "The KLARF file; its TIFFs are beside it")
      ->type_name("FILE");
  command->add_option("-o,--output", o.output, "Folder for the pictures; must not exist yet")
      ->type_name("DIR");
  command->footer(
      "Exit codes: 0 done, 2 usage, 3 file or TIFF unusable, 4 a picture is not there, 5 cannot\n"
      "write. Example: inspect klarf lot.001 -o pictures");
  return command;
}

CLI::App* add_merge(CLI::App& app, zeromiss::MergeOptions& o) {
  CLI::App* merge = app.add_subcommand(
      "merge", "Put the outputs of all shards together, proving that nothing is missing");
  merge->add_option("shards", o.shards, "Output folders of inspect --shard, all of them")
      ->type_name("DIR");
  merge->add_option("-i,--input", o.inputs, "Inputs of those runs, for the pictures of report.html")
      ->type_name("PATH")
      ->allow_extra_args(false);
  merge->add_option("-o,--output", o.output, "Folder for the merged results; must not exist yet")
      ->type_name("DIR");
  merge->add_flag("--overwrite", o.overwrite, "Replace the results in --output");
  add_derived(*merge, o);
  merge->add_flag("-q,--quiet", o.quiet, "Only errors on stderr");
  merge->footer(
      "Refused (3), naming them: shards that are missing, unfinished, there twice, damaged, or of\n"
      "another model, setting or list. Example: inspect merge -o night shard-*");
  return merge;
}

CLI::App* add_show_steps(CLI::App& app, zeromiss::ShowStepsOptions& o) {
  CLI::App* show = app.add_subcommand(
      "show-steps", "Show what the network sees of one image: a picture after each step");
  show->add_option("-m,--model", o.model, "Model package: a folder with model.json")
      ->type_name("PACKAGE");
  show->add_option("-i,--input", o.image, "One image")->type_name("FILE");
  show->add_option("-o,--output", o.output, "Folder for the pictures; must not exist yet")
      ->type_name("DIR");
  show->add_flag("--overwrite", o.overwrite, "Write into an existing --output");
  show->footer("Open DIR/steps.html. The pixels are those of the very code that inspect runs.");
  return show;
}

CLI::App* add_guard(CLI::App& app, zeromiss::GuardOptions& o) {
  CLI::App* guard = app.add_subcommand(
      "guard",
      "Record in a copy of a package what its calibration images look like; inspect then "
      "holds other images for review");
  guard->add_option("-m,--model", o.model, "Model package: a folder with model.json")
      ->type_name("PACKAGE");
  guard->add_option("-i,--input", o.inputs, "Calibration images; all of them must be readable")
      ->type_name("PATH")
      ->allow_extra_args(false);
  guard->add_option("-o,--output", o.output, "Folder for the new package; must not exist yet")
      ->type_name("DIR");
  guard->add_option("--margin", o.margin, "Share of each range's span that is added on either side")
      ->check(CLI::Range(0.0, 10.0))
      ->type_name("SHARE")
      ->capture_default_str();
  add_count(*guard, "-t,--threads", o.threads, 1024, "Workers; auto: every CPU");
  return guard;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == zeromiss::kEngineChildArgument)
    zeromiss::run_engine_child(zeromiss::load_engine, zeromiss::open_engine_library);
  CLI::App app{"Inspect images with a model: PASS, REVIEW, REJECT or ERROR for every one of them",
               "inspect"};
  InspectOptions options;
  bind_what(app, options);
  bind_how(app, options);
  bind_report(app, options);
  bind_roll_up(app, options.roll_up);
  zeromiss::app::add_common(app);
  zeromiss::MergeOptions merge_options;
  const CLI::App* merge = add_merge(app, merge_options);
  zeromiss::ExportOptions export_options;
  const CLI::App* to_export = add_export(app, export_options);
  zeromiss::UnpackKlarfOptions klarf_options;
  const CLI::App* klarf = add_klarf(app, klarf_options);
  zeromiss::GuardOptions guard_options;
  const CLI::App* guard = add_guard(app, guard_options);
  zeromiss::ShowStepsOptions show_options;
  const CLI::App* show = add_show_steps(app, show_options);
  app.footer(
      "Exit codes: 0 done, 1 --fail-on, 2 usage, 3 input or model unusable, 4 some images are "
      "ERROR,\n"
      "5 cannot write, 6 device missing, 70 a bug, 130/143 stopped (--resume goes on).\n"
      "Example: inspect -m data/models/wafer-map-cnn -i data/samples -o out");
  return zeromiss::app::run_main(app, argc, argv, [&] {
    if (*merge) return zeromiss::merge(merge_options, std::cout);
    if (*klarf) return zeromiss::unpack_klarf(klarf_options, std::cout);
    if (*to_export) return zeromiss::export_run(export_options, std::cout);
    if (*guard) return zeromiss::record_guard(guard_options, std::cout);
    if (*show) return zeromiss::show_steps(show_options, std::cout);
    return zeromiss::inspect(options, zeromiss::load_engine, std::cout);
  });
}
