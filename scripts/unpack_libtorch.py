"""Unpacks what zeromiss needs of the downloaded wheels: unpack_libtorch.py cpu|cuda WHEELS TARGET.

cpu: headers, libtorch_cpu.so and the libraries that it needs (0.5 of 1.1 GB). cuda: every C++ library.
The folders keep their places relative to each other, because the libraries find one another by RPATH.
"""

import pathlib
import re
import sys
import zipfile

ALWAYS = r"torch/include/.+|torch/version\.py|torch-[^/]+\.dist-info/licenses/.+"
LIBRARIES = {
    "cpu": r"torch/lib/(libtorch_cpu|libc10|libgomp)\.so.*|nvidia/.+/(libcudart|libcupti)\.so.*",
    "cuda": r"torch/lib/(?!libtorch_python|libshm)[^/]+\.so.*|nvidia/.+\.so[.0-9]*",
}


def main() -> int:
    kind, wheels, target = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    wanted = re.compile(ALWAYS + "|" + LIBRARIES[kind])
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            members = [name for name in archive.namelist()
                       if wanted.fullmatch(name) and not name.endswith("/")]
            print(f"{wheel.name}: {len(members)} files", flush=True)
            archive.extractall(target, members)
    return 0


if __name__ == "__main__":
    sys.exit(main())
