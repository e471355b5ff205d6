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
