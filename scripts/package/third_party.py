"""Writes THIRD_PARTY.md and licenses/ of an archive: whose work is in it, in which version, under which terms.

Part of cmake --install. Debian's packages are found by asking dpkg for the libraries that were copied (--libraries: place in
the archive, tab, source) and for the headers that the tools were compiled from (ninja knows them); nothing is listed
by hand. A part whose licence is not found ends the installation: it must not be passed on.
"""

import argparse
import collections
import pathlib
import re
import shutil
import subprocess
import sys

COMMON = pathlib.Path("/usr/share/common-licenses")
INTERFACES = {"glibc", "linux"}  # their headers are what any Linux program is compiled with

HEAD = """# Parts of others in this archive

zeromiss itself is under the Apache License 2.0 (`LICENSE`). What it is built from is listed here, with the names of the licences as
the copyright files in `licenses/` give them: they speak of whole packages, so also of files that are not in here (packaging, tests, programs).

Whoever passes the archive on must also be able to give the sources of the parts under the GPL (with GCC's runtime exception) and LGPL:
they are Debian's source packages of the names and versions below (`apt-get source NAME=VERSION`).
All libraries are files of their own in `lib/` and can be replaced.

| part | version | licences | in this archive |
|-|-|-|-|
"""

STAND_INS = """
{names}: stand-ins of our own under the names of libraries that are linked with and never called
(`scripts/package/no_*.cpp` in the sources say why). Nothing of JBIG-KIT (GPL) and NVIDIA is in this archive.
"""

MKL = """
The wheel of LibTorch has Intel's oneMKL inside (`libtorch_cpu.so`), which is under the Intel Simplified Software License.
"""


class Part:
    def __init__(self):
        self.version, self.licenses, self.files = "", set(), set()


def run(*command, allowed=(0,)):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in allowed:
        sys.exit(f"third_party.py: {command[0]} ended with {done.returncode}: {done.stderr.strip()[:300]}")
    return done.stdout


def owners(paths):
    """{path: Debian's binary package} of those that have one."""
    asked = {}
    for path in paths:
        real = str(pathlib.Path(path).resolve())
        asked[real] = path
        if real.startswith("/usr/lib"):  # packages from before /lib became a link say /lib
            asked[real[len("/usr"):]] = path
    found, names = {}, sorted(asked)
    for begin in range(0, len(names), 500):
        for line in run("dpkg-query", "-S", *names[begin:begin + 500], allowed=(0, 1)).splitlines():
            package, _, path = line.rpartition(": ")
            if path in asked:
                found[asked[path]] = package.split(",")[0]
    return found


def headers(build):
    """The system's headers in the objects of lib/ and apps/."""
    used, ours = set(), False
    for line in run("ninja", "-C", str(build), "-t", "deps").splitlines():
        if line.startswith(" "):
            if ours and line.strip().startswith("/usr/"):
                used.add(line.strip())
        else:
            ours = line.startswith(("lib/", "apps/"))
    return used


def source_of(package):
    return run("dpkg-query", "-W", "-f", "${source:Package}\t${source:Version}", package).split("\t")


def common_license(name):
    """The text of /usr/share/common-licenses that a copyright file speaks of; the name may end a sentence."""
    for candidate in (name, name.rstrip(".-")):
        if (COMMON / candidate).is_file():
            return candidate
    return None


def keep_copyright(package, source, folder):
    """Copies a package's copyright file and the common texts it refers to; returns the licences that it names."""
    file = pathlib.Path("/usr/share/doc", package.split(":")[0], "copyright")
    if not file.is_file():
        sys.exit(f"third_party.py: {package} is in the archive, and {file} is missing")
    text = file.read_text("utf-8", "replace")
    target = folder / source
    target.mkdir(parents=True, exist_ok=True)
    if all(other.read_text("utf-8") != text for other in target.iterdir()):
        (target / f"{package.split(':')[0]}.txt").write_text(text, "utf-8")
    (folder / "common-licenses").mkdir(exist_ok=True)
    for name in re.findall(r"/usr/share/common-licenses/([A-Za-z0-9.+-]+)", text):
        if found := common_license(name):
            shutil.copyfile(COMMON / found, folder / "common-licenses" / found)
    names = re.findall(r"^License: *(\S.*)$", text, re.MULTILINE)
    return {part.strip() for name in names for part in re.split(r"\band\b|\bor\b|,", name, flags=re.IGNORECASE)}


def add_debian(parts, folder, what):
    """@param what  {path: how the archive's table names it}"""
    owner = owners(what)
    for package in sorted(set(owner.values())):
        source, version = source_of(package)
        if source in INTERFACES:
            continue
        part = parts[source]
        part.version = version
        part.licenses |= keep_copyright(package, source, folder)
        part.files |= {name for path, name in what.items() if owner.get(path) == package}
    return owner


def add_wheels(parts, folder, torch, libraries):
    """LibTorch, and NVIDIA's libraries where they are the real ones: from wheels, with their own texts."""
    version = re.search(r"__version__ = '([^']+)'", (torch / "version.py").read_text())[1]
    site = torch.parent
    for name, source in libraries.items():
        relative = source.relative_to(site).parts
        pattern = "torch-*" if relative[0] == torch.name else "nvidia_*"
        texts = sorted(site.glob(f"{pattern}.dist-info/licenses"))
        if not texts:
            sys.exit(f"third_party.py: the licence of {source} is missing: expected {site}/{pattern}.dist-info/licenses")
        part = parts["LibTorch" if pattern == "torch-*" else "NVIDIA CUDA"]
        part.files.add(name)
        part.version = version if pattern == "torch-*" else texts[0].parent.name
        part.licenses.add("BSD-3-Clause and others" if pattern == "torch-*" else "NVIDIA CUDA EULA, Attachment A")
        for text in texts:
            shutil.copytree(text, folder / text.parent.name, dirs_exist_ok=True)


def row(name, part):
    files = ", ".join(f"`{file.rpartition('/')[2]}`" for file in sorted(part.files - {""})) or "compiled in"
    return f"| {name} | {part.version} | {', '.join(sorted(part.licenses)) or 'see its text'} | {files} |\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--root", "--build", "--libraries", "--torch"):
        parser.add_argument(option, type=pathlib.Path, required=True)
    parser.add_argument("--compiled-in", action="append", default=[], help="a file that the build embeds")
    args = parser.parse_args()
    folder = args.root / "licenses"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    copied = {}
    for line in args.libraries.read_text().splitlines():
        place, _, source = line.partition("\t")
        copied[place] = pathlib.Path(source)
    stand_ins = {place for place, source in copied.items() if args.build.resolve() in source.resolve().parents}
    wheels = {place: source for place, source in copied.items()
              if place.startswith(("lib/torch/", "lib/nvidia/")) and place not in stand_ins}
    debian = {str(source): place for place, source in copied.items() if place not in stand_ins and place not in wheels}

    parts = collections.defaultdict(Part)
    owner = add_debian(parts, folder, {**{path: "" for path in headers(args.build) | set(args.compiled_in)}, **debian})
    if nobody := sorted(set(debian) - set(owner)):
        sys.exit(f"third_party.py: no Debian package owns {', '.join(nobody)}: its licence is not known")
    add_wheels(parts, folder, args.torch, wheels)

    text = HEAD + "".join(row(name, parts[name]) for name in sorted(parts, key=str.lower))
    if wheels:
        text += MKL
    if stand_ins:
        text += STAND_INS.format(names=", ".join(f"`{place.rpartition('/')[2]}`" for place in sorted(stand_ins)))
    (args.root / "THIRD_PARTY.md").write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
