#!/usr/bin/env bash
# Installs what zeromiss needs to be built: Debian packages, and LibTorch in .deps/. See --help.
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
usage: scripts/setup.sh [options]

Installs the Debian packages for the build (as root, or with sudo) and unpacks the pinned LibTorch
(scripts/libtorch.lock) into .deps/torch. Does nothing where all of that is already there.

  --system-libtorch  Debian's libtorch-dev instead of the pinned one; then configure with
                     --preset system-torch or -DZEROMISS_TORCH_DIR=/usr
  --no-libtorch      packages only, for -DZEROMISS_TORCH_DIR=.../site-packages/torch
  --cuda             the CUDA libraries too, for --device cuda (2.7 GB to download, 4 GB on disk)
  --openvino         OpenVINO too (scripts/openvino.lock, in .deps/openvino; 60 MB to download, 180 MB on
                     disk), for packages with weights in its format or in ONNX; then build again
  --dev              clang, clang-format, clang-tidy and gcovr, for scripts/check.sh and fuzzing
  --format           clang-format alone
  --browser          chromium, for the tests that open the report
  -h, --help         this text

No network? Put the wheels of scripts/libtorch.lock (and openvino.lock) into a folder and set
PIP_NO_INDEX=1 and PIP_FIND_LINKS=FOLDER; their hashes are checked all the same.
TEXT
}

# The same names serve Debian 12 and 13.
packages=(
  g++ cmake ninja-build ccache pkg-config ca-certificates python3
  libopencv-core-dev libopencv-imgproc-dev
  libturbojpeg0-dev libpng-dev zlib1g-dev libdeflate-dev libtiff-dev libwebp-dev libgif-dev
  libtbb-dev libcli11-dev nlohmann-json3-dev libsimdjson-dev libfmt-dev libssl-dev libseccomp-dev libgoogle-perftools-dev
  libboost-dev libsqlite3-dev libpugixml-dev libyaml-cpp-dev libutf8proc-dev libjs-chart.js catch2
)
libtorch=cpu
openvino=
for option in "$@"; do
  case $option in
    --system-libtorch) libtorch=system packages+=(libtorch-dev) ;;
    --no-libtorch) libtorch=none ;;
    --cuda) libtorch=cuda ;;
    --openvino) openvino=yes ;;
    --dev) packages+=(clang clang-format clang-tidy gcovr) ;;
    --format) packages+=(clang-format) ;;
    --browser) packages+=(chromium) ;;
    -h | --help) usage && exit ;;
    *) fail "unknown option $option; scripts/setup.sh --help lists the options" ;;
  esac
done
[[ $libtorch == cpu || $libtorch == cuda || -n $openvino ]] && packages+=(python3-pip)

deps=.deps
log=$deps/setup.log
python=/usr/bin/python3 # Debian's own: a python3 found first in PATH may lack pip

explain_failure() {
  if grep -aqE 'Temporary failure|Could not resolve|Name or service not known|Failed to establish|Unable to connect|Connection (refused|timed out)|Network is unreachable|Read timed out|from versions: none' "$1"; then
    printf 'no network, or the package server does not answer: '
  elif grep -aq 'DO NOT MATCH THE HASHES' "$1"; then
    printf 'a downloaded file is not the pinned one, nothing was installed: '
  fi
  last_error "$1"
}

need_space() { # folder, MB, for what
  local free
  free=$(df -Pm "$1" | awk 'NR == 2 {print $4}')
  ((free >= $2)) || fail "$3 needs $2 MB of disk in $(cd "$1" && pwd), $free MB are free"
}

progress_of_apt() {
  local all
  all=$(sed -n 's/.* \([0-9]*\) newly installed.*/\1/p' "$1" | tail -n 1)
  echo "$(grep -c '^Unpacking' "$1") unpacked, $(grep -c '^Setting up' "$1") set up of ${all:-?},"
}

install_packages() {
  local missing=() run=() package
  for package in "${packages[@]}"; do
    [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) == ii* ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  start_log
  command -v apt-get >/dev/null || fail "this is not a Debian system; install by hand the equivalents of: ${missing[*]}"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "not root and no sudo; as root: apt-get install --no-install-recommends ${missing[*]}"
    # A password can only be asked for here, where there is a terminal.
    sudo -v || fail "sudo was refused; as root: apt-get install --no-install-recommends ${missing[*]}"
    run=(sudo)
  fi
  need_space / 1500 "installing ${#missing[@]} Debian packages"
  run+=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o APT::Update::Error-Mode=any)
  # A CI machine is thrown away; there dpkg need not sync every file (half the time on a slow disk).
  [[ -z ${CI:-} ]] || run+=(-o DPkg::Options::=--force-unsafe-io)
  run_step "package lists" "$log" "${run[@]}" update
  progress=progress_of_apt run_step "Debian packages (${#missing[@]} and what they need)" "$log" "${run[@]}" install --no-install-recommends "${missing[@]}"
}

# .deps/torch is complete and what scripts/libtorch*.lock asks for now. A CUDA one serves CPU, too.
have_libtorch() { # kind
  [[ -f $deps/torch/lib/libtorch_cpu.so ]] || return 1
  local stamp
  stamp=$(cat "$deps/torch/../stamp" 2>/dev/null) || return 1
  [[ $stamp == "$(stamp cuda)" || $stamp == "$(stamp "$1")" ]]
}
stamp() { echo "$1 $(cat scripts/libtorch.lock scripts/libtorch-cuda.lock scripts/unpack_libtorch.py | sha256sum)"; }

progress_of_download() { echo "$(du -sm "$deps/tmp" | cut -f 1) of $download_mb MB,"; }

# TMPDIR: pip writes there first, and /tmp is often a small RAM disk. The tags let any Python 3 fetch these wheels.
fetch_wheels() { # label, lock file, folder
  progress=progress_of_download run_step "$1: download" "$log" env TMPDIR="$root/$deps/tmp" \
    "$python" -m pip --no-cache-dir --disable-pip-version-check download --progress-bar off \
    --no-deps --require-hashes --only-binary :all: --implementation cp --python-version 3.11 --abi cp311 \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 --platform manylinux_2_25_x86_64 \
    --platform manylinux_2_18_x86_64 --platform manylinux2014_x86_64 --platform manylinux2010_x86_64 \
    --dest "$3" --requirement "$2"
}

# The stamp is inside before the folder gets its name, so an interruption leaves the old one or the new one.
put_in_place() { # made folder, its new name in $deps, stamp, link in $deps, what it points to
  echo "$3" >"$1/stamp"
  rm -rf "${deps:?}/$2"
  mv -T "$1" "$deps/$2"
  ln -sfn "$2/$5" "$deps/$4.new"
  mv -T "$deps/$4.new" "$deps/$4"
}

openvino_stamp() { sha256sum <scripts/openvino.lock; }
have_openvino() {
  [[ -f $deps/openvino/cmake/OpenVINOConfig.cmake && $(cat "$deps/openvino/../stamp" 2>/dev/null) == "$(openvino_stamp)" ]]
}

fetch_openvino() {
  local version download made
  [[ $(uname -m) == x86_64 ]] || fail "the pinned OpenVINO is for x86_64, not $(uname -m): give your own with -DOpenVINO_DIR"
  start_log
  download_mb=60
  version=$(sed -n 's/^openvino==\([^ ]*\).*/\1/p' scripts/openvino.lock)
  download=$deps/download-openvino made=$deps/openvino-$version.partial
  need_space "$deps" 350 "OpenVINO $version"
  rm -rf "$deps/tmp" "$download" "$made"
  mkdir -p "$download" "$deps/tmp"
  fetch_wheels "OpenVINO $version" scripts/openvino.lock "$download"
  run_step "OpenVINO $version: unpack" "$log" "$python" -m zipfile -e "$download"/openvino-*.whl "$made"
  run_step "OpenVINO $version: check" "$log" check_loads "$made"/openvino/libs/lib{openvino.so,openvino_intel_cpu,openvino_onnx,openvino_ir}*
  put_in_place "$made" "openvino-$version" "$(openvino_stamp)" openvino openvino
  rm -rf "$download" "$deps/tmp"
}

fetch_libtorch() { # kind
  local kind=$1 lock=scripts/libtorch.lock unpacked_mb=600 version target
  download_mb=553
  if [[ $kind == cuda ]]; then
    lock=scripts/libtorch-cuda.lock download_mb=2691 unpacked_mb=3900
  fi
  [[ $(uname -m) == x86_64 ]] || fail "the pinned LibTorch is for x86_64, not $(uname -m): use --system-libtorch"
  start_log
  download=$deps/download/$(stamp "$kind" | cut -d' ' -f 2 | cut -c 1-16) # another lock file, another folder
  version=$(sed -n 's/^torch==\([^ ]*\).*/\1/p' scripts/libtorch.lock)
  target=$deps/torch-$version-$kind
  need_space "$deps" $((download_mb + unpacked_mb + 100)) "LibTorch $version ($kind)"

  [[ -d $download ]] || rm -rf "$deps/download"
  rm -rf "$deps/tmp" "$target.partial"
  mkdir -p "$download" "$deps/tmp"
  fetch_wheels "LibTorch $version" "$lock" "$download"
  run_step "LibTorch $version: unpack" "$log" "$python" scripts/unpack_libtorch.py "$kind" "$download" "$target.partial"
  run_step "LibTorch $version: check" "$log" check_loads "$target.partial"/torch/lib/libtorch_*.so

  put_in_place "$target.partial" "torch-$version-$kind" "$(stamp "$kind")" torch torch
  rm -rf "$deps/download" "$deps/tmp"
}

check_loads() {
  if ldd "$@" | grep 'not found'; then return 1; fi
}

log_started=
start_log() {
  [[ -n $log_started ]] && return
  mkdir -p "$deps"
  printf '%s scripts/setup.sh, LibTorch: %s\n' "$(date -u +%FT%TZ)" "$libtorch" >"$log"
  log_started=yes
}

mkdir -p "$deps"
exec 9>"$deps/lock"
flock -n 9 || { say "waiting for another scripts/setup.sh …" && flock 9; }

install_packages
case $libtorch in
  cpu | cuda)
    have_libtorch "$libtorch" || fetch_libtorch "$libtorch"
    ;;
esac
[[ -z $openvino ]] || have_openvino || fetch_openvino
[[ -z $log_started ]] || say "setup: done in $SECONDS s"
