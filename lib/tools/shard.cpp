#include <zeromiss/base/error.hpp>
#include <zeromiss/base/text.hpp>
#include <zeromiss/tools/shard.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <vector>

namespace zeromiss {
namespace {

constexpr std::uint64_t kMostShards = 1'000'000;
constexpr const char* kCountVariable = "ZEROMISS_SHARD_COUNT";

[[noreturn]] void refuse(const std::string& problem) { throw Error(ErrorKind::usage, problem); }

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// One scheduler's words for an array of jobs. Empty names: it does not say.
struct Scheduler {
  const char* name;
  std::uint64_t base;  ///< number of the first job of a whole array
  const char* index;   ///< the variable whose presence tells that it runs this process
  const char* first;
  const char* last;
  const char* step;
  const char* count;
};

// Sources: the manuals of sbatch, Kubernetes ("Indexed Job"), AWS Batch ("Job environment
// variables"), qsub, mpirun and the PMI of MPICH.
constexpr Scheduler kSchedulers[] = {
    {"Slurm", 0, "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX",
     "SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT"},
    {"Kubernetes", 0, "JOB_COMPLETION_INDEX", "", "", "", ""},
    {"AWS Batch", 0, "AWS_BATCH_JOB_ARRAY_INDEX", "", "", "", "AWS_BATCH_JOB_ARRAY_SIZE"},
    {"Grid Engine", 1, "SGE_TASK_ID", "SGE_TASK_FIRST", "SGE_TASK_LAST", "SGE_TASK_STEPSIZE", ""},
    {"Open MPI", 0, "OMPI_COMM_WORLD_RANK", "", "", "", "OMPI_COMM_WORLD_SIZE"},
    {"PMI", 0, "PMI_RANK", "", "", "", "PMI_SIZE"},
};

/// Reads the variables of one scheduler.
class Reader {
 public:
  Reader(const Scheduler& scheduler, const Environment& environment)
      : scheduler_(scheduler), environment_(environment) {}

  /// No value: this scheduler does not run the process, or runs it as a job without parts.
  [[nodiscard]] std::optional<Shard> shard() const {
    const auto index = number(scheduler_.index);
    if (!index) return std::nullopt;
    const auto stated = count(), own = number(kCountVariable);
    if (stated && own && *stated != *own)
      refuse(fmt::format("--shard auto: {} runs {} jobs, {} is {}; say which: --shard I/N",
                         scheduler_.name, *stated, kCountVariable, *own));
    if (!stated && !own)
      refuse(
          fmt::format("--shard auto: {} gives the number of this job ({}={}), but not of how "
                      "many parts; set {}, or say --shard I/N",
                      scheduler_.name, scheduler_.index, *index, kCountVariable));
    const std::uint64_t shards = stated.value_or(own.value_or(0));
    if (*index < scheduler_.base || *index - scheduler_.base >= shards || shards > kMostShards)
      refuse(fmt::format("--shard auto: {} gives job {}; expected one from {} of {} jobs",
                         scheduler_.name, *index, scheduler_.base, shards));
    return Shard{*index - scheduler_.base, shards};
  }

 private:
  /// Of the whole array. No value where the scheduler does not say, or where the array was picked
  /// by hand: `--array=3` to repeat a part that failed is job 3 of who knows how many.
  [[nodiscard]] std::optional<std::uint64_t> count() const {
    const auto jobs = number(scheduler_.count);
    const auto last = number(scheduler_.last);
    if (!last) return *scheduler_.last == '\0' ? jobs : std::nullopt;
    const bool all = number(scheduler_.first) == scheduler_.base && *last >= scheduler_.base &&
                     number(scheduler_.step).value_or(1) == 1;
    if (!all) return std::nullopt;
    const std::uint64_t span = *last - scheduler_.base + 1;
    return jobs && *jobs != span ? std::nullopt : std::optional(span);
  }

  [[nodiscard]] std::optional<std::uint64_t> number(const char* variable) const {
    if (*variable == '\0') return std::nullopt;
    const auto text = environment_(variable);
    // Grid Engine sets "undefined" for a job that is no array.
    if (!text || text->empty() || *text == "undefined") return std::nullopt;
    const auto value = whole_number(*text);
    if (!value)
      refuse(fmt::format("--shard auto: {}=\"{}\": expected a whole number from 0", variable,
                         printable(*text)));
    return value;
  }

  const Scheduler& scheduler_;
  const Environment& environment_;
};

}  // namespace

std::string Shard::text() const { return fmt::format("{}/{}", index, count); }

SliceRange ListPart::slices_from(std::uint64_t image) const {
  const std::uint64_t behind = (end + slice - 1) / slice;
  return {image >= end ? behind : image / slice, behind};  // the last slice may be a short one
}

ListPart part_of(const Shard& shard, std::uint64_t images, int slice) {
  const auto length = static_cast<std::uint64_t>(slice);
  const std::uint64_t slices = (images + length - 1) / length;
  const auto start = [&](std::uint64_t index) {
    // slices * index / count without overflow: the quotient and what it leaves, apart
    const std::uint64_t each = slices / shard.count, left = slices % shard.count;
    return std::min((each * index + left * index / shard.count) * length, images);
  };
  return {shard, start(shard.index), start(shard.index + 1), length};
}

Shard parse_shard(std::string_view text) {
  const auto slash = text.find('/');
  if (slash != std::string_view::npos) {
    const auto index = whole_number(text.substr(0, slash)),
               count = whole_number(text.substr(slash + 1));
    if (index && count && *count >= 1 && *count <= kMostShards && *index < *count)
      return {*index, *count};
  }
  refuse(fmt::format("--shard {}: expected I/N with I from 0 to N-1, such as 0/8, or auto",
                     printable(text)));
}

Shard shard_from_environment(const Environment& environment) {
  std::optional<Shard> found;
  const char* by = "";
  std::vector<const char*> names;
  for (const Scheduler& scheduler : kSchedulers) {
    names.push_back(scheduler.index);
    const auto shard = Reader(scheduler, environment).shard();
    // A single rank is no division: mpirun and srun set it for any job, also inside an array.
    if (!shard || (shard->whole() && found)) continue;
    if (found && !found->whole() && (found->index != shard->index || found->count != shard->count))
      refuse(fmt::format("--shard auto: {} says {}, {} says {}; say which: --shard I/N", by,
                         found->text(), scheduler.name, shard->text()));
    found = shard;
    by = scheduler.name;
  }
  if (!found)
    refuse(
        fmt::format("--shard auto: no scheduler gives this process a number (looked for {}); say "
                    "--shard I/N",
                    fmt::join(names, ", ")));
  return *found;
}

Shard shard_in_force(const std::string& option) {
  if (option.empty()) return {};
  if (option != "auto") return parse_shard(option);
  return shard_from_environment([](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
}

}  // namespace zeromiss
