"""The counter must not call a test passed or skipped that never ran. The XML is what ctest 3.25 writes."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

COUNT = pathlib.Path(__file__).parents[2] / "scripts" / "count_tests.py"
PASSED = '<testcase name="good" classname="good" time="0.1" status="run"><system-out>x</system-out></testcase>'
FAILED = '<testcase name="bad" classname="bad" time="0.1" status="fail"><failure message="Failed"/></testcase>'
SKIPPED = '<testcase name="s" classname="s" time="0" status="notrun"><skipped message="SKIP_RETURN_CODE=4"/></testcase>'
LOST = '<testcase name="lost" classname="lost" time="0" status="notrun"><skipped message="Unable to find executable"/></testcase>'


def count(text: str) -> tuple[int, str, str]:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "tests.xml")
        path.write_text(text, encoding="utf-8")
        run = subprocess.run([sys.executable, COUNT, path], capture_output=True, text=True, check=False)
        return run.returncode, run.stdout, run.stderr


def suite(*tests: str) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="x">' + "".join(tests) + "</testsuite>"


class CountTests(unittest.TestCase):
    def test_all_passed(self) -> None:
        self.assertEqual(count(suite(PASSED, PASSED)), (0, "2 passed, 0 failed\n", ""))

    def test_skipped_are_named_behind(self) -> None:
        self.assertEqual(count(suite(PASSED, SKIPPED)), (0, "1 passed, 0 failed, 1 skipped\n", ""))

    def test_one_failed(self) -> None:
        self.assertEqual(count(suite(PASSED, FAILED)), (1, "1 passed, 1 failed\n", "failed: bad\n"))

    def test_a_missing_program_is_a_failure(self) -> None:
        self.assertEqual(count(suite(PASSED, LOST)), (1, "1 passed, 1 failed\n", "failed: lost\n"))

    def test_nothing_ran(self) -> None:
        self.assertEqual(count(suite())[:2], (1, "0 passed, 0 failed\n"))
        self.assertEqual(count(suite(SKIPPED))[:2], (1, "0 passed, 0 failed, 1 skipped\n"))

    def test_a_torn_file_is_a_failure(self) -> None:
        self.assertEqual(count(suite(PASSED)[:-5])[:2], (1, "0 passed, 0 failed\n"))

    @unittest.skipUnless(shutil.which("ctest"), "no ctest")
    def test_a_second_try_is_for_time_outs_alone(self) -> None:
        asan = re.search(r"^ *--asan\).* --repeat (\S+)\)", (COUNT.parent / "test.sh").read_text("utf-8"), re.MULTILINE)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            # Each leaves a file at its first start, and is well at its second.
            tests = {"found": "exit 1", "late": "exec sleep 30", "good": "exit 0"}
            lines = [f'add_test({n} "/bin/sh" "-c" "test -e {n} || {{ : >{n} && {end}; }}")' for n, end in tests.items()]
            lines.append('add_test(never "/bin/sleep" "30")')
            (path / "CTestTestfile.cmake").write_text("\n".join(lines), encoding="utf-8")
            command = ["ctest", "--timeout", "1", "--repeat", asan[1], "--output-junit", path / "tests.xml"]
            subprocess.run(command, cwd=path, capture_output=True, check=False)
            found = count((path / "tests.xml").read_text("utf-8"))
        self.assertEqual(found, (1, "2 passed, 2 failed\n", "failed: found\nfailed: never\n"))


if __name__ == "__main__":
    unittest.main()
