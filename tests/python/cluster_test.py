"""scripts/cluster: exit codes that must not be lost, and signals that must arrive. `inspect` is a stand-in."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import textwrap
import time
import unittest

CLUSTER = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "cluster"

# A shard ends as CODE_<number> says, a merge as MERGE says. Both write their arguments, one a line, into a file in $SAID.
INSPECT = r"""#!/usr/bin/env bash
if [[ $1 == merge ]]; then
  printf '%s\n' "$@" >"$SAID/merge"
  exit "${MERGE:-0}"
fi
all=("$@")
while (($#)); do
  case $1 in -o) output=$2 ;; --shard) number=${2%%/*} ;; esac
  shift
done
printf '%s\n' "${all[@]}" >"$SAID/shard-$number"
mkdir -p "$output"
code=CODE_$number
code=${!code:-0}
[[ $code != kill ]] || kill -9 $$
exit "$code"
"""

# As inspect: the first SIGTERM finishes what is in hand.
SLOW = """#!/usr/bin/env python3
import os, signal, sys, time
def stop(*_):
    time.sleep(0.1)
    open(os.environ["SAID"] + "/finished", "w").close()
    os._exit(143)
signal.signal(signal.SIGTERM, stop)
open(os.environ["SAID"] + "/begun", "w").write("\\n".join(sys.argv[1:]))
time.sleep(20)
"""

# GNU parallel, as far as parallel.sh uses it; its joblog is what version 20221122 writes.
PARALLEL = r"""#!/usr/bin/env python3
import subprocess, sys
given = sys.argv[1:]
if given == ["--version"]:
    print("GNU parallel 0")
    sys.exit()
assert given[:2] == ["--quote", "--joblog"], given
log, command, failed = given[2], given[3:], 0
lost = None
if command[0] == "--lose":
    lost, command = int(command[1]), command[2:]
with open(log, "w") as out:
    print("Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand", file=out)
    for k, item in enumerate(sys.stdin.read().split()):
        if k == lost:
            continue
        code = subprocess.run([part.replace("{}", item) for part in command]).returncode
        failed += code != 0
        print(f"{k + 1}\t:\t1764000000.000\t     0.003\t0\t0\t{max(code, 0)}\t{max(-code, 0)}\tinspect", file=out)
sys.exit(failed)
"""


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name, "3 라인 'a'")
        self.bin = self.path / "bin"
        self.bin.mkdir(parents=True)
        self.env = {**os.environ, "SAID": str(self.path), "PATH": f"{self.bin}:{os.environ['PATH']}"}
        self.program("inspect", INSPECT)

    def program(self, name, text):
        (self.bin / name).write_text(text, encoding="utf-8")
        (self.bin / name).chmod(0o755)


class Parallel(Case):
    def setUp(self):
        super().setUp()
        self.program("parallel", PARALLEL)
        self.night = self.path / "밤 1"

    def run_night(self, *options, shards="3", **env):
        (self.path / "merge").unlink(missing_ok=True)
        command = ["bash", CLUSTER / "parallel.sh", "모델", "사진 1", self.night, shards, *options]
        run = subprocess.run(command, env={**self.env, **env}, capture_output=True, text=True, check=False)
        self.said = run.stderr
        return run.returncode

    def merged(self):
        return (self.path / "merge").exists()

    def test_shards_then_merge(self):
        self.assertEqual(self.run_night(), 0)
        arguments = (self.path / "shard-2").read_text("utf-8").splitlines()
        self.assertEqual(arguments[:6], ["-m", "모델", "-i", "사진 1", "-o", str(self.night / "shard-2")])
        merge = (self.path / "merge").read_text("utf-8").splitlines()
        self.assertEqual(merge[-3:], [str(self.night / f"shard-{k}") for k in range(3)])

    def test_a_second_night_in_the_same_folder(self):
        self.assertEqual(self.run_night(), 0)
        self.assertEqual(self.run_night(CODE_0="3", CODE_1="3", CODE_2="3"), 3)
        self.assertFalse(self.merged())
        self.assertIn("shard 1 ended with 3", self.said)

    def test_any_shard_that_failed_ends_it_without_a_merge(self):
        for code, expected in ("2", 2), ("3", 3), ("5", 5), ("6", 6), ("70", 70), ("143", 143), ("kill", 137):
            with self.subTest(code):
                self.assertEqual(self.run_night(CODE_0="4", CODE_1=code), expected)
                self.assertFalse(self.merged())

    def test_finished_shards_are_merged(self):
        for codes, merge, expected in (
            ({"CODE_1": "4"}, "4", 4),
            ({"CODE_1": "4"}, "0", 4),  # would be a false 0
            ({"CODE_0": "1", "CODE_1": "4"}, "4", 1),
            ({"CODE_0": "4", "CODE_1": "1"}, "0", 1),
            ({"CODE_1": "1"}, "3", 3),
            ({}, "5", 5),
        ):
            with self.subTest(codes, merge=merge):
                self.assertEqual(self.run_night(MERGE=merge, **codes), expected)
                self.assertTrue(self.merged())

    def test_a_shard_that_was_not_run(self):
        self.assertEqual(self.run_night("--lose", "1"), 3)
        self.assertFalse(self.merged())
        self.assertIn("shard 1", self.said)

    def test_an_old_joblog_is_no_answer(self):
        self.assertEqual(self.run_night(), 0)
        self.program("parallel", "#!/bin/sh\n[ \"$1\" != --version ] || echo GNU parallel 0\n")
        self.assertEqual(self.run_night(), 3)
        self.assertFalse(self.merged())

    def test_shards_of_an_earlier_number_are_not_merged(self):
        self.assertEqual(self.run_night(shards="4"), 0)
        self.assertEqual(self.run_night(shards="2"), 0)
        self.assertNotIn("shard-3", (self.path / "merge").read_text("utf-8"))

    def test_a_number_that_is_none(self):
        for shards in "0", "", "x", "-1", "08":
            with self.subTest(shards):
                self.assertEqual(self.run_night(shards=shards), 2)
                self.assertFalse(self.merged())

    def test_no_gnu_parallel(self):
        self.program("parallel", "#!/bin/sh\necho 'parallel from moreutils'\n")
        self.assertEqual(self.run_night(), 3)
        self.assertIn("no GNU parallel", self.said)


@unittest.skipUnless(
    "GNU parallel" in subprocess.run("parallel --version || :", shell=True, capture_output=True, text=True).stdout,
    "no GNU parallel",
)
class RealParallel(Parallel):
    """The same with the real one, where it is there."""

    def setUp(self):
        super().setUp()
        (self.bin / "parallel").unlink()

    test_a_shard_that_was_not_run = None

    def test_halt(self):
        self.assertEqual(self.run_night("--jobs", "1", "--halt", "now,fail=1", CODE_0="5"), 5)
        self.assertFalse(self.merged())


class Containers(Case):
    """The command of a recipe, run by a shell as the container would."""

    def kubernetes(self):
        text = (CLUSTER / "kubernetes_job.yaml").read_text("utf-8")
        block = re.search(r"\n( +)args:\n +- \|\n((?:\1  .*\n)+)", text)
        return textwrap.dedent(block[2]), {"JOB_COMPLETION_INDEX": "3"}

    def batch(self):
        overrides = json.loads((CLUSTER / "aws_batch_job.json").read_text("utf-8"))["containerOverrides"]
        self.assertEqual(overrides["command"][:2], ["/bin/sh", "-c"])
        return overrides["command"][2], {"AWS_BATCH_JOB_ARRAY_INDEX": "3"}

    def start(self, recipe, shell="/bin/sh", **env):
        text, variables = recipe
        text = re.sub(r"/(mnt/)?results/YYYY-MM-DD/", f"{self.path.parent}/", text)
        self.assertNotIn("$(", text)  # Kubernetes would take it for a variable of its own
        command = [shell, "-c", text.replace("YYYY-MM-DD", "2026-01-31")]
        return subprocess.Popen(command, env={**self.env, **variables, **env, "CODE_auto": env.get("CODE", "0")})

    def stopped(self, process):
        end = time.monotonic() + 10
        while not (self.path / "begun").exists() and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        return process.wait(10)

    def test_exit_codes(self):
        for code in 0, 1, 2, 3, 4, 5, 6, 70, 143:
            with self.subTest(code):
                self.assertEqual(self.start(self.batch(), CODE=str(code)).wait(10), code)
                # 4, some images are ERROR, is a finished shard: another try would end the same.
                self.assertEqual(self.start(self.kubernetes(), CODE=str(code)).wait(10), 0 if code == 4 else code)

    def test_sigterm_reaches_inspect_and_its_code_comes_back(self):
        self.program("inspect", SLOW)
        for recipe in self.kubernetes(), self.batch():
            for shell in "/bin/sh", shutil.which("bash"):
                with self.subTest(shell, recipe=recipe[1]):
                    self.assertEqual(self.stopped(self.start(recipe, shell)), 143)
                    self.assertTrue((self.path / "finished").exists(), "the shell did not wait for it")
                    (self.path / "finished").unlink()
                    (self.path / "begun").unlink()

    def test_every_night_has_its_own_folders(self):
        for text, _ in self.kubernetes(), self.batch():
            self.assertRegex(text, r"-i \S+/YYYY-MM-DD ")
            self.assertRegex(text, r"-o \S+/YYYY-MM-DD/shard-")


if __name__ == "__main__":
    unittest.main()
