#include "support/catch.hpp"

#include <zeromiss/base/error.hpp>
#include <zeromiss/tools/shard.hpp>

#include <map>

using namespace zeromiss;

namespace {

/// "3/8", or the message of the refusal.
std::string from(const std::map<std::string, std::string>& variables) {
  try {
    return shard_from_environment([&](const char* name) -> std::optional<std::string> {
             const auto found = variables.find(name);
             return found == variables.end() ? std::nullopt : std::optional(found->second);
           })
        .text();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("Shards cover a list without gap or overlap, in whole slices", "[shard]") {
  for (const std::uint64_t images : {0, 1, 7, 8, 9, 100, 1000}) {
    for (const std::uint64_t count : {1, 2, 3, 8, 13, 200}) {
      std::uint64_t next = 0, largest = 0, smallest = images;
      for (std::uint64_t index = 0; index < count; ++index) {
        const ListPart part = part_of({index, count}, images, 8);
        CHECK(part.first == next);
        CHECK(part.end >= part.first);
        CHECK((part.first % 8 == 0 || part.size() == 0));
        next = part.end;
        largest = std::max(largest, part.size());
        smallest = std::min(smallest, part.size());
      }
      CHECK(next == images);
      CHECK(largest - smallest <= 15);  // a slice, and a last one that is not full
    }
  }
}

TEST_CASE("A shard is a number below a count", "[shard]") {
  CHECK(parse_shard("0/1").whole());
  CHECK(parse_shard("7/8").text() == "7/8");
  for (const char* text : {"", "/", "8/8", "1", "-1/8", "1/-8", "1/0", " 1/8", "1/8 ", "1/8/2",
                           "a/b", "1.0/8", "0/1000001", "0/99999999999999999999"})
    CHECK_THROWS_AS(parse_shard(text), Error);
}

TEST_CASE("Each scheduler's job array gives its shard", "[shard]") {
  CHECK(from({{"SLURM_ARRAY_TASK_ID", "3"},
              {"SLURM_ARRAY_TASK_MIN", "0"},
              {"SLURM_ARRAY_TASK_MAX", "7"},
              {"SLURM_ARRAY_TASK_COUNT", "8"},
              {"SLURM_ARRAY_TASK_STEP", "1"}}) == "3/8");
  CHECK(from({{"JOB_COMPLETION_INDEX", "3"}, {"ZEROMISS_SHARD_COUNT", "8"}}) == "3/8");
  CHECK(from({{"AWS_BATCH_JOB_ARRAY_INDEX", "3"}, {"AWS_BATCH_JOB_ARRAY_SIZE", "8"}}) == "3/8");
  CHECK(from({{"SGE_TASK_ID", "4"},
              {"SGE_TASK_FIRST", "1"},
              {"SGE_TASK_LAST", "8"},
              {"SGE_TASK_STEPSIZE", "1"}}) == "3/8");
  CHECK(from({{"OMPI_COMM_WORLD_RANK", "3"}, {"OMPI_COMM_WORLD_SIZE", "8"}}) == "3/8");
  CHECK(from({{"PMI_RANK", "3"}, {"PMI_SIZE", "8"}}) == "3/8");
}

TEST_CASE("A number without its count, or two that disagree, is refused", "[shard]") {
  CHECK(contains(from({}), "no scheduler"));
  CHECK(contains(from({{"SGE_TASK_ID", "undefined"}}), "no scheduler"));
  CHECK(contains(from({{"JOB_COMPLETION_INDEX", "3"}}), "ZEROMISS_SHARD_COUNT"));
  CHECK(contains(from({{"JOB_COMPLETION_INDEX", "8"}, {"ZEROMISS_SHARD_COUNT", "8"}}), "job 8"));
  CHECK(contains(from({{"JOB_COMPLETION_INDEX", "x"}, {"ZEROMISS_SHARD_COUNT", "8"}}), "\"x\""));
  CHECK(contains(from({{"AWS_BATCH_JOB_ARRAY_INDEX", "3"},
                       {"AWS_BATCH_JOB_ARRAY_SIZE", "8"},
                       {"ZEROMISS_SHARD_COUNT", "4"}}),
                 "ZEROMISS_SHARD_COUNT is 4"));
  CHECK(contains(from({{"PMI_RANK", "3"},
                       {"PMI_SIZE", "8"},
                       {"JOB_COMPLETION_INDEX", "2"},
                       {"ZEROMISS_SHARD_COUNT", "8"}}),
                 "Kubernetes says 2/8, PMI says 3/8"));
}

TEST_CASE("Two schedulers that agree, or a single rank inside an array, are no contradiction",
          "[shard]") {
  CHECK(from({{"OMPI_COMM_WORLD_RANK", "3"},
              {"OMPI_COMM_WORLD_SIZE", "8"},
              {"PMI_RANK", "3"},
              {"PMI_SIZE", "8"}}) == "3/8");
  CHECK(from({{"SLURM_ARRAY_TASK_ID", "3"},
              {"SLURM_ARRAY_TASK_MIN", "0"},
              {"SLURM_ARRAY_TASK_MAX", "7"},
              {"PMI_RANK", "0"},
              {"PMI_SIZE", "1"}}) == "3/8");
}

TEST_CASE("A repeated part of an array is not taken for a smaller array", "[shard]") {
  // sbatch --array=3 and --array=3,17 and --array=1-2: the whole may have any size.
  const std::map<std::string, std::string> one{{"SLURM_ARRAY_TASK_ID", "3"},
                                               {"SLURM_ARRAY_TASK_MIN", "3"},
                                               {"SLURM_ARRAY_TASK_MAX", "3"},
                                               {"SLURM_ARRAY_TASK_COUNT", "1"}};
  CHECK(contains(from(one), "not of how many parts"));
  auto counted = one;
  counted["ZEROMISS_SHARD_COUNT"] = "8";
  CHECK(from(counted) == "3/8");
  CHECK(contains(from({{"SLURM_ARRAY_TASK_ID", "17"},
                       {"SLURM_ARRAY_TASK_MIN", "0"},
                       {"SLURM_ARRAY_TASK_MAX", "17"},
                       {"SLURM_ARRAY_TASK_COUNT", "2"}}),
                 "not of how many parts"));
  CHECK(contains(from({{"SGE_TASK_ID", "3"},
                       {"SGE_TASK_FIRST", "3"},
                       {"SGE_TASK_LAST", "3"},
                       {"SGE_TASK_STEPSIZE", "1"}}),
                 "not of how many parts"));
}
