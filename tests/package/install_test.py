"""cmake --install gives a folder that runs from anywhere, with its own libraries only, and says whose they are."""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

GLIBC = re.compile(r"(linux-vdso|ld-linux.*|libc|libm|libmvec|libdl|libpthread|librt|libutil|libresolv)\.so.*")
TOOLS = ("inspect", "evaluate", "benchmark")
ARGS = argparse.Namespace()


def run(*command, **more):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **more)


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(dir=ARGS.build, prefix="package-test-"))
        first = cls.work / "first"
        done = run(ARGS.cmake, "--install", ARGS.build, "--prefix", first)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        cls.home = cls.work / "검사 라인 1" / "zeromiss"  # moved: nothing may know where it was installed
        cls.home.parent.mkdir()
        first.rename(cls.home)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.work)

    def tool(self, name, *arguments, **environment):
        return run(self.home / "bin" / name, *arguments, cwd="/", env={"PATH": "/usr/bin:/bin", **environment})

    def test_says_its_version(self):
        version = re.search(r"project\(zeromiss VERSION (\S+)", (ARGS.source / "CMakeLists.txt").read_text())[1]
        for name in TOOLS:
            # LD_BIND_NOW: every function that a library needs of another must be there.
            done = self.tool(name, "--version", LD_BIND_NOW="1")
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, f"{version}\n", ""))

    def test_takes_no_library_from_outside_but_glibc(self):
        for name in TOOLS:
            listed = self.tool(name, LD_TRACE_LOADED_OBJECTS="1").stdout
            paths = re.findall(r"^\s*(\S+) => (.*?)(?: \(0x\w+\))?$", listed, re.MULTILINE)
            self.assertGreater(len(paths), 20, listed)
            for library, path in paths:
                if not GLIBC.fullmatch(library):
                    self.assertTrue(pathlib.Path(path).resolve().is_relative_to(self.home), f"{name}: {library} => {path}")

    def test_looks_in_no_current_folder(self):
        for name in TOOLS:
            for program in (self.home / "bin" / name, ARGS.build / "bin" / name):
                found = re.findall(r"^  R(?:UN)?PATH +(.*)$", run("objdump", "-p", program).stdout, re.MULTILINE)
                self.assertEqual(found, ["$ORIGIN/../lib:$ORIGIN/../lib/torch/lib"], program)

    def test_library_path_of_the_user_changes_nothing(self):
        hostile = self.work / "hostile"
        hostile.mkdir()
        for library in self.home.rglob("*.so*"):
            (hostile / library.name).write_text("no library")
        done = self.tool("inspect", "--version", LD_LIBRARY_PATH=str(hostile))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_inspects_isolated_too(self):
        for more in ((), ("--isolate",)):
            with self.subTest(more):
                output = self.work / f"out{len(more)}"
                done = self.tool("inspect", "-m", self.home / "data/models/wafer-map-cnn", "-i", self.home / "data/samples/none",
                                 "-o", output, "-q", *more)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(json.loads((output / "summary.json").read_text())["images"],
                                 len(list((self.home / "data/samples/none").glob("*.png"))))
        self.assertEqual((self.work / "out0/results.jsonl").read_bytes(), (self.work / "out1/results.jsonl").read_bytes())

    def test_every_library_has_its_terms(self):
        text = (self.home / "THIRD_PARTY.md").read_text()
        for library in self.home.rglob("*.so*"):
            self.assertIn(f"`{library.name}`", text)
        for part in ("opencv", "cli11", "nlohmann-json3", "chart.js"):  # a library, two headers, an embedded script
            self.assertTrue(any(part in name.name for name in (self.home / "licenses").iterdir()), part)

    def test_contains_no_link_and_nothing_under_the_gpl_of_jbig(self):
        self.assertEqual([path for path in self.home.rglob("*") if path.is_symlink()], [])
        self.assertLess((self.home / "lib/libjbig.so.0").stat().st_size, 40_000)  # Debian's has 66,240
        self.assertFalse((self.home / "licenses/jbigkit").exists())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--cmake", default="cmake")
    ARGS, rest = parser.parse_known_args()
    ARGS.source = pathlib.Path(__file__).resolve().parent.parent.parent
    os.environ["LC_ALL"] = "C.UTF-8"
    unittest.main(argv=[sys.argv[0], *rest])
