"""Shows that includes.py can fail: small trees with one fault each, and the sound one."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

LINT = pathlib.Path(__file__).with_name("includes.py")


def lint(files: dict[str, str]) -> tuple[int, str]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        run = subprocess.run([sys.executable, LINT, folder], capture_output=True, text=True, check=False)
        return run.returncode, run.stdout


class Includes(unittest.TestCase):
    def expect_fault(self, files: dict[str, str], where: str) -> None:
        status, output = lint(files)
        self.assertEqual(status, 1)
        self.assertEqual(output.count("error: "), 1, output)
        self.assertIn(where, output)

    def test_allowed_arrows_pass(self) -> None:
        files = {"lib/image/a.cpp": "#include <zeromiss/base/text.hpp>\n#include <vector>\n",
                 "lib/model/torch_engine.cpp": "#include <torch/script.h>\n",
                 "lib/model/openvino_engine.cpp": "#include <openvino/runtime/core.hpp>\n",
                 "tests/support/tiny_models.cpp": "#include <torch/script.h>\n",
                 "tests/bench/bench_bare_loop.cpp": "#include <torch/script.h>\n",
                 "apps/inspect.cpp": "#include <zeromiss/tools/inspect.hpp>\n"}
        self.assertEqual(lint(files), (0, ""))

    def test_base_uses_no_room(self) -> None:
        self.expect_fault({"lib/base/a.cpp": "\n#include <zeromiss/image/image.hpp>\n"}, "lib/base/a.cpp:2:")

    def test_public_headers_are_read(self) -> None:
        self.expect_fault({"include/zeromiss/metrics/a.hpp": '#include "zeromiss/model/tensor.hpp"\n'},
                          "include/zeromiss/metrics/a.hpp:1:")

    def test_private_header_of_another_room(self) -> None:
        self.expect_fault({"lib/image/a.cpp": '#include "../model/b.hpp"\n', "lib/model/b.hpp": ""},
                          "lib/image/a.cpp:1:")

    def test_report_does_not_reach_image(self) -> None:
        self.expect_fault({"lib/report/a.cpp": "#  include <zeromiss/image/image.hpp>\n"}, "lib/report/a.cpp:1:")

    def test_link_against_the_table(self) -> None:
        self.expect_fault({"lib/base/a.cpp": "", "lib/base/CMakeLists.txt": "x(base\n LINKS zeromiss::image)\n"},
                          "lib/base/CMakeLists.txt:2:")

    def test_torch_outside_the_engine(self) -> None:
        self.expect_fault({"lib/model/verdict.cpp": "#include <ATen/ATen.h>\n"}, "lib/model/verdict.cpp:1:")

    def test_openvino_outside_the_engine(self) -> None:
        self.expect_fault({"lib/model/engines.cpp": "\n#include <openvino/openvino.hpp>\n"}, "lib/model/engines.cpp:2:")

    def test_torch_in_one_test_file_only(self) -> None:
        files = {f"tests/support/{name}.cpp": "#include <c10/util/Exception.h>\n" for name in "ab"}
        self.assertEqual(lint(files)[1].count("error: "), 2)

    def test_unknown_room(self) -> None:
        self.expect_fault({"lib/gadgets/a.cpp": ""}, "gadgets")

    def test_empty_tree_is_a_failure(self) -> None:
        self.assertEqual(lint({"README.md": ""})[0], 1)


if __name__ == "__main__":
    unittest.main()
