"""scripts/systemd/night.sh: which evenings it inspects, and what it ends with. `inspect` is a stand-in."""

import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

SYSTEMD = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "systemd"

# Writes its input into $SAID. Ends as the file `code` in its input says, else with 0; a finished run leaves summary.json and
# metrics.prom. As the real one it refuses (3) an input that is not there.
INSPECT = r"""#!/usr/bin/env bash
printf '%s\n' "$@" >"$SAID.arguments"
while (($#)); do
  case $1 in -i) input=$2 ;; -o) output=$2 ;; esac
  shift
done
echo "${input##*/}" >>"$SAID"
[[ -e $input ]] || exit 3
if [[ -e $input/slow ]]; then
  trap 'sleep 0.1; echo finished >>"$SAID"; exit 143' TERM
  sleep 20 &
  wait
fi
code=$(cat "$input/code" 2>/dev/null || echo 0)
mkdir -p "$output"
case $code in 0 | 1 | 4) touch "$output/summary.json"; echo "$output" >"$output/metrics.prom" ;; esac
[[ $code != nothing ]] || { rm -f "$output/summary.json"; exit 0; }
exit "$code"
"""


class Night(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name, "1 공장")
        self.textfile = self.path / "prom"
        self.textfile.mkdir(parents=True)
        (self.path / "inspect").write_text(INSPECT, encoding="utf-8")
        (self.path / "inspect").chmod(0o755)
        self.env = {
            **os.environ,
            "SAID": str(self.path / "said"),
            "TZ": "Asia/Seoul",
            "ZEROMISS_BIN": str(self.path),
            "ZEROMISS_MODEL": "모델 1",
            "ZEROMISS_INPUT": str(self.path / "사진 [1]" / "{date}"),
            "ZEROMISS_OUTPUT": str(self.path / "결과 *" / "{date}"),
            "ZEROMISS_TEXTFILE_DIR": str(self.textfile),
        }

    def images(self, date, code=0):
        folder = self.path / "사진 [1]" / date
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "code").write_text(str(code))
        return folder

    def results(self, date, finished=True):
        folder = self.path / "결과 *" / date
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "run.json").touch()
        if finished:
            (folder / "summary.json").touch()
        return folder

    def start(self, now, **env):
        return subprocess.Popen(
            ["bash", SYSTEMD / "night.sh"],
            env={**self.env, "ZEROMISS_NOW": now, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run_night(self, now, **env):
        """Exit code, and the inputs in order."""
        said = self.path / "said"
        said.unlink(missing_ok=True)
        process = self.start(now, **env)
        self.stderr = process.communicate(timeout=20)[1]
        return process.returncode, said.read_text().split() if said.exists() else []

    def published(self):
        file = self.textfile / "zeromiss.prom"
        return pathlib.Path(file.read_text().strip()).name if file.exists() else None

    def test_the_evening_is_that_of_the_latest_run_that_was_due(self):
        for now, evening in (
            ("2026-01-31 22:00", "2026-01-31"),
            ("2026-01-31 23:59", "2026-01-31"),
            ("2026-02-01 00:00", "2026-01-31"),
            ("2026-02-01 11:59", "2026-01-31"),
            ("2026-02-01 13:00", "2026-01-31"),  # off at 22:00, on after noon
            ("2026-02-01 21:59", "2026-01-31"),
            ("2026-02-01 22:04", "2026-02-01"),
            ("2028-03-01 09:00", "2028-02-29"),
            ("2027-01-01 09:00", "2026-12-31"),
        ):
            with self.subTest(now):
                self.images(evening)
                self.assertEqual(self.run_night(now)[1][-1:], [evening])

    def test_days_on_which_clocks_change(self):
        for zone, now, evening in (
            ("Europe/Berlin", "2026-03-29 13:00", "2026-03-28"),
            ("Europe/Berlin", "2026-10-26 00:30", "2026-10-25"),
            ("America/Santiago", "2026-09-06 13:00", "2026-09-05"),  # no midnight
            ("America/Santiago", "2026-09-07 13:00", "2026-09-06"),
        ):
            with self.subTest(now, zone=zone):
                self.images(evening)
                self.assertEqual(self.run_night(now, TZ=zone)[1][-1:], [evening])

    def test_another_time(self):
        self.images("2026-01-31")
        self.assertEqual(self.run_night("2026-01-31 06:30", ZEROMISS_DUE="06:30"), (0, ["2026-01-31"]))
        for due in "6:30", "24:00", "22", "22:00:00":
            self.assertEqual(self.run_night("2026-01-31 22:00", ZEROMISS_DUE=due), (2, []))

    def test_paths_and_options_arrive_whole(self):
        self.images("2026-01-31")
        options = "--prove-stable\n --id-pattern  {lot}_{x}* "
        self.assertEqual(self.run_night("2026-01-31 22:00", ZEROMISS_OPTIONS=options)[0], 0)
        expected = ["-m", "모델 1", "-i", str(self.path / "사진 [1]" / "2026-01-31"), "-o", str(self.path / "결과 *" / "2026-01-31")]
        expected += ["--resume", "--progress", "never", "--prove-stable", "--id-pattern", "{lot}_{x}*"]
        self.assertEqual((self.path / "said.arguments").read_text("utf-8").splitlines(), expected)

    def test_an_evening_that_was_stopped_comes_first(self):
        self.results("2026-01-29")
        for date in "2026-01-29", "2026-01-30", "2026-01-31":
            self.images(date)
        self.results("2026-01-30", finished=False)
        self.assertEqual(self.run_night("2026-01-31 22:00"), (0, ["2026-01-30", "2026-01-31"]))
        self.assertEqual(self.published(), "2026-01-31")
        self.assertEqual(self.run_night("2026-01-31 22:00"), (0, ["2026-01-31"]))

    def test_evenings_that_were_missed_come_first(self):
        self.results("2026-01-28")
        for date in "2026-01-27", "2026-01-28", "2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02":
            self.images(date)  # none on the 29th; the 27th is older than all results
        (self.images("2026-01-29") / "code").unlink()  # a folder without a file
        (self.path / "사진 [1]" / "2026-01-30 old").mkdir()
        self.assertEqual(self.run_night("2026-02-02 07:00"), (0, ["2026-01-30", "2026-01-31", "2026-02-01"]))
        self.assertIn("the evening 2026-01-30 is not finished", self.stderr)

    def test_deeper_folders(self):
        env = {"ZEROMISS_INPUT": str(self.path / "{date}-a" / "{date}"), "ZEROMISS_OUTPUT": str(self.path / "out {date}" / "r")}
        for date in "2026-01-29", "2026-01-30", "2026-01-31":
            folder = self.path / f"{date}-a" / date
            folder.mkdir(parents=True)
            (folder / "code").write_text("0")
        (self.path / "out 2026-01-29" / "r").mkdir(parents=True)
        self.assertEqual(self.run_night("2026-01-31 22:00", **env), (0, ["2026-01-29", "2026-01-30", "2026-01-31"]))

    def test_one_folder_for_all_images(self):
        folder = self.images("all")
        self.results("2026-01-30", finished=False)
        self.assertEqual(self.run_night("2026-01-31 22:00", ZEROMISS_INPUT=str(folder)), (0, ["all", "all"]))
        self.assertTrue((self.path / "결과 *" / "2026-01-30" / "summary.json").exists())

    def test_one_that_cannot_be_finished_is_never_forgotten(self):
        self.images("2026-01-29")
        self.results("2026-01-29")
        self.images("2026-01-30", 3)
        self.images("2026-01-31", 4)
        self.results("2026-01-30", finished=False)
        for _ in range(2):
            self.assertEqual(self.run_night("2026-01-31 22:00"), (3, ["2026-01-30", "2026-01-31"]))
            self.assertIn("2026-01-30 is not finished: inspect ended with 3", self.stderr)
            self.assertIsNone(self.published())
        self.images("2026-01-30", 0)
        self.assertEqual(self.run_night("2026-01-31 22:00"), (4, ["2026-01-30", "2026-01-31"]))
        self.assertEqual(self.published(), "2026-01-31")

    def test_results_without_their_images(self):
        self.results("2026-01-30", finished=False)
        self.images("2026-01-31")
        self.assertEqual(self.run_night("2026-01-31 22:00"), (3, ["2026-01-30", "2026-01-31"]))

    def test_exit_codes(self):
        for code, published in (0, True), (1, True), (4, True), (2, False), (3, False), (5, False), (6, False), (70, False), (143, False):
            with self.subTest(code):
                (self.textfile / "zeromiss.prom").unlink(missing_ok=True)
                self.images("2026-01-31", code)
                self.assertEqual(self.run_night("2026-01-31 22:00")[0], code)
                self.assertEqual(self.published() is not None, published)
        self.assertEqual(list(self.textfile.glob(".*")), [])

    def test_several_exit_codes(self):
        for codes, expected in ((4, 1, 0), 1), ((1, 4, 4), 1), ((4, 0, 0), 4), ((1, 6, 3), 6):
            with self.subTest(codes):
                for day, code in enumerate(codes, 29):
                    self.images(f"2026-01-{day}", code)
                    (self.results(f"2026-01-{day}") / "summary.json").unlink()
                self.assertEqual(self.run_night("2026-01-31 22:00")[0], expected)

    def test_nothing_inspected_is_no_success(self):
        self.images("2026-01-31", "nothing")  # as with --dry-run among the options
        self.assertEqual(self.run_night("2026-01-31 22:00")[0], 2)
        self.assertIsNone(self.published())

    def test_one_shard_is_no_evening(self):
        self.images("2026-01-31")
        run = self.results("2026-01-31", finished=False) / "run.json"
        run.write_text('{\n  "settings": {\n    "shard": {\n      "index": 1\n    }\n  }\n}\n')
        self.assertEqual(self.run_night("2026-01-31 22:00")[0], 2)
        self.assertIn("is one shard", self.stderr)
        self.assertIsNone(self.published())

    def test_figures_that_cannot_be_published(self):
        self.images("2026-01-31")
        self.assertEqual(self.run_night("2026-01-31 22:00", ZEROMISS_TEXTFILE_DIR="/nonexistent")[0], 5)
        self.assertIn("ZEROMISS_TEXTFILE_DIR=/nonexistent", self.stderr)
        self.assertEqual(self.run_night("2026-01-31 22:00", ZEROMISS_TEXTFILE_DIR="")[0], 0)

    def test_settings_that_are_refused(self):
        self.images("2026-01-31")
        for name, value in ("ZEROMISS_OUTPUT", "/tmp/same"), ("ZEROMISS_MODEL", ""), ("ZEROMISS_NOW", "yesterdayish"):
            with self.subTest(name):
                self.assertEqual(self.run_night(**{"now": "2026-01-31 22:00", **({name: value} if name != "ZEROMISS_NOW" else {"now": value})}), (2, []))

    def test_a_stop_waits_for_inspect_and_begins_no_other(self):
        (self.images("2026-01-30") / "slow").touch()
        self.images("2026-01-31")
        self.results("2026-01-30", finished=False)
        said = self.path / "said"
        process = subprocess.Popen(
            ["bash", SYSTEMD / "night.sh"], env={**self.env, "ZEROMISS_NOW": "2026-01-31 22:00"}, start_new_session=True, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 10
        while not said.exists() and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.2)
        os.killpg(process.pid, signal.SIGTERM)  # as KillMode=control-group does
        self.assertEqual(process.wait(10), 143)
        self.assertEqual(said.read_text().split(), ["2026-01-30", "finished"])
        self.assertIsNone(self.published())


class Units(unittest.TestCase):
    def test_signals_and_folders(self):
        lines = (SYSTEMD / "zeromiss-night.service").read_text("utf-8").splitlines()
        self.assertIn("KillMode=control-group", lines)  # mixed would end night.sh, and then kill inspect
        self.assertIn("ReadWritePaths=/var/lib/zeromiss -/var/lib/prometheus/node-exporter", lines)

    def test_the_timer_and_the_settings_agree(self):
        self.assertIn("OnCalendar=*-*-* 22:00:00\n", (SYSTEMD / "zeromiss-night.timer").read_text("utf-8"))
        self.assertIn("ZEROMISS_DUE=22:00\n", (SYSTEMD / "night.conf.example").read_text("utf-8"))
        self.assertIn("${ZEROMISS_DUE:-22:00}", (SYSTEMD / "night.sh").read_text("utf-8"))


if __name__ == "__main__":
    unittest.main()
