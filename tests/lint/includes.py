"""Fails where a room uses a room that it may not, or LibTorch or OpenVINO is seen outside its files.

Reads the #include lines of lib/<room> and include/zeromiss/<room> and the zeromiss::<room> links of
lib/<room>/CMakeLists.txt. The table is written out here a second time on purpose: an arrow that
is added in CMake alone fails.
"""

import pathlib
import re
import sys

MAY_USE = {
    "base": set(),
    "image": {"base"},
    "model": {"base", "image"},
    "dataset": {"base", "image"},
    "metrics": {"base"},
    "report": {"base", "model", "metrics"},
    "tools": {"base", "image", "model", "dataset", "metrics", "report"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LINK = re.compile(r"\bzeromiss::(\w+)")
TORCH = re.compile(r"^(torch|ATen|c10|caffe2)/")
ENGINE = "lib/model/torch_"  # the sources of the target zeromiss_torch
OPENVINO = re.compile(r"^openvino/")
OPENVINO_ENGINE = pathlib.PurePath("lib/model/openvino_engine.cpp")
TEST_SUPPORT = "tests/support/"  # one file there makes the tiny models
BARE_LOOP = "tests/bench/bench_bare_loop.cpp"  # LibTorch and nothing else, to compare with


def room_of(path: pathlib.PurePath) -> str | None:
    """base for lib/base/x.cpp and include/zeromiss/base/x.hpp, None outside the rooms."""
    parts = path.parts
    if parts[0] == "lib" and len(parts) > 2:
        return parts[1]
    if parts[:2] == ("include", "zeromiss") and len(parts) > 3:
        return parts[2]
    return None


def included_room(file: pathlib.PurePath, quoted: bool, name: str, root: pathlib.Path) -> str | None:
    if name.startswith("zeromiss/"):
        return pathlib.PurePath(name).parts[1]
    beside = root / file.parent / name
    if quoted and beside.exists():
        return room_of(beside.resolve().relative_to(root.resolve()))
    return None


def wrong_arrow(room: str | None, other: str | None) -> bool:
    if room is None or other is None or room == other:
        return False
    return other not in MAY_USE.get(room, set())


def check_file(root: pathlib.Path, file: pathlib.PurePath) -> tuple[list[str], bool]:
    """Complaints about one source file, and whether it sees LibTorch."""
    room = room_of(file)
    if room is not None and room not in MAY_USE:
        return [f"{file}:1: room {room} is not in the table of {pathlib.Path(__file__).name}"], False
    complaints, sees_torch = [], False
    for number, line in enumerate((root / file).read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        other = included_room(file, match[1] == '"', match[2], root)
        if wrong_arrow(room, other):
            allowed = " and ".join(sorted(MAY_USE[room])) or "no other room"
            complaints.append(f"{file}:{number}: {room} includes {match[2]}; it may use {allowed}")
        if OPENVINO.match(match[2]) and file != OPENVINO_ENGINE:
            complaints.append(f"{file}:{number}: includes OpenVINO; only {OPENVINO_ENGINE} may")
        sees_torch = sees_torch or TORCH.match(match[2]) is not None
    return complaints, sees_torch


def check_links(root: pathlib.Path) -> list[str]:
    complaints = []
    for file in sorted(root.glob("lib/*/CMakeLists.txt")):
        room = file.parent.name
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            for other in LINK.findall(line.split("#")[0]):
                if other in MAY_USE and wrong_arrow(room, other):
                    complaints.append(f"{file.relative_to(root)}:{number}: {room} links zeromiss::{other}")
    return complaints


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    files = sorted(path.relative_to(root) for folder in ("apps", "include", "lib", "tests")
                   for path in (root / folder).rglob("*") if path.suffix in (".cpp", ".hpp", ".h"))
    if not files:
        print(f"error: no source files under {root}", file=sys.stderr)
        return 1
    complaints, torch_files = check_links(root), []
    for file in files:
        found, sees_torch = check_file(root, file)
        complaints += found
        if sees_torch and file.as_posix() != BARE_LOOP:
            torch_files.append(file.as_posix())
    supporting = [file for file in torch_files if file.startswith(TEST_SUPPORT)]
    for file in torch_files:
        if not file.startswith(ENGINE) and not (file.startswith(TEST_SUPPORT) and len(supporting) == 1):
            complaints.append(f"{file}:1: includes LibTorch; only {ENGINE}* and one file of {TEST_SUPPORT} may")
    for complaint in complaints:
        print(f"error: {complaint}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
