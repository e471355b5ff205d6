#!/usr/bin/env bash
# Makes one archive that runs on a PC without a compiler: the tools, LibTorch (CPU) and every library they need. See --help.
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
usage: scripts/package.sh [--check [SUITE]]

Sets up what is missing, builds, and packs build/package/zeromiss-VERSION-linux-x86_64.tar.gz (CPack; 136 MB, 419 MB unpacked); its SHA-256 is in a file beside it.
It is unpacked anywhere and used from there, with nothing installed: bin/inspect, bin/evaluate, bin/benchmark, demo.sh. It runs where glibc is
as new as on the machine that made it: make it on Debian 12.

  --check [SUITE]  then tries it on a bare Debian 12 (bookworm, default) or 13 (trixie) without network (as root, with debootstrap)
  -h, --help       this text

A PC with a GPU: the archive holds nothing of NVIDIA's. On a machine where scripts/setup.sh --cuda ran, add LibTorch's CUDA
libraries to the unpacked folder HOME (4 GB; NVIDIA's licence lets you do so for your own use; the PC needs the driver only):
    cp -L .deps/torch/lib/*.so* HOME/lib/torch/lib/ && cp -rL .deps/torch/../nvidia HOME/lib/
TEXT
}

check=
case ${1:-} in
  '') ;;
  --check) check=${2:-bookworm} ;;
  -h | --help) usage && exit ;;
  *) fail "unknown option $1; scripts/package.sh --help lists the options" ;;
esac

scripts/setup.sh
configure release
build release package_parts
rm -rf build/package
run_step "package" build/package.log cpack --config build/release/CPackConfig.cmake -B build/package
rm -rf build/package/_CPack_Packages

archive=$(echo build/package/zeromiss-*.tar.gz)
say "$(du -m "$archive" | cut -f 1) MB, SHA-256 $(cut -d ' ' -f 1 "$archive.sha256")"
[[ -z $check ]] || tests/package/check.sh "$archive" "$check"
echo "Archive: $root/$archive"
