#!/usr/bin/env bash
# Sets up what is missing, builds and runs every test. The last line of stdout is "N passed, N failed".
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
usage: scripts/test.sh [--system-libtorch | --asan | --tsan] [--no-setup] [ctest options]

  --system-libtorch  build and test against Debian's LibTorch instead of the pinned one
  --asan             all tests that link no LibTorch, with the address and undefined-behaviour sanitizers
  --tsan             the tests of whatever runs in several threads, with the thread sanitizer
  --no-setup         install nothing
  -h, --help         this text

Everything else goes to ctest, for example -R unit_base or -L engine.
TEXT
}

readonly threaded=(unit_model unit_report unit_tools)
preset=release
setup=(scripts/setup.sh --browser)
rest=()
targets=()
for option in "$@"; do
  case $option in
    --system-libtorch) preset=system-torch setup+=(--system-libtorch) ;;
    --asan) preset=asan setup+=(--no-libtorch) rest+=(-LE 'browser|lint' --repeat after-timeout:2) ;; # slowness is no fault, a finding is
    --tsan) preset=tsan setup+=(--no-libtorch) targets=("${threaded[@]}") rest+=(-R "^($(IFS='|' && echo "${threaded[*]}"))\.") ;;
    --no-setup) setup=(true) ;;
    -h | --help) usage && exit ;;
    *) rest+=("$option") ;;
  esac
done

"${setup[@]}"
# Without it (no network, another processor) the tests of its engine say that they were skipped.
if [[ ${setup[0]} != true && ( $preset == release || $preset == system-torch ) ]]; then
  scripts/setup.sh --no-libtorch --openvino || say "no OpenVINO: the tests of its engine are skipped"
fi
configure "$preset"
build "$preset" "${targets[@]}"

log=$root/build/$preset/tests.log
results=$root/build/$preset/tests.xml
rm -f "$log" "$results"
# shellcheck disable=SC2317 # called through run_step
run_ctest() {
  ctest --preset "$preset" --parallel "$(nproc)" --timeout 300 --no-tests=error --output-junit "$results" "${rest[@]}"
  return 0 # the list of results decides, not the exit code: it also knows what was skipped
}
run_step "tests $preset" "$log" run_ctest
status=0
line=$(python3 scripts/count_tests.py "$results") || status=$?
if ((status != 0)); then
  [[ -z ${CI:-} ]] || tail -n 200 "$log" >&2 || true
  say "error: tests failed or did not run; what they printed is in $log"
fi
echo "$line"
exit "$status"
