#!/usr/bin/env bash
# Sets up what is missing, builds, inspects the bundled samples with the bundled model and says how good the model is.
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
usage: scripts/demo.sh [--system-libtorch]

Inspects data/samples with data/models/wafer-map-cnn. Results: build/demo, figures against the known
classes: build/demo-evaluation; a limit chosen on half of the samples and judged on the others: build/demo-calibration,
build/demo-certificate. All are overwritten by the next demo.
TEXT
}

preset=release
setup=(scripts/setup.sh)
case ${1:-} in
  '') ;;
  --system-libtorch) preset=system-torch setup+=(--system-libtorch) ;;
  -h | --help) usage && exit ;;
  *) fail "unknown option $1; scripts/demo.sh --help lists the options" ;;
esac

"${setup[@]}"
configure "$preset"
build "$preset" inspect evaluate
bin=build/$preset/bin

# The samples hold defects on purpose; REJECT is no failure here (--fail-on is none by default).
run_tool() {
  say ""
  say "\$ $*"
  local status=0
  "$@" || status=$?
  ((status == 0)) || fail "${1##*/} ended with exit code $status (its message is above)"
}
run_tool "$bin/inspect" -m data/models/wafer-map-cnn -i data/samples -o build/demo --overwrite
run_tool "$bin/evaluate" --predictions build/demo --gt data/samples -o build/demo-evaluation --overwrite

# The limit for zero misses from the even-numbered samples, and what the odd-numbered ones say of it: none is in both.
labels() { # labels DIGITS: a row for each sample whose number ends in one of them
  echo image,label
  (cd data/samples && for image in */*["$1"].png; do echo "$image,${image%/*}"; done)
}
mkdir -p build/demo-labels
labels 02468 > build/demo-labels/calibration.csv
labels 13579 > build/demo-labels/test.csv
part=(--predictions build/demo --images data/samples --allow-unlabelled --overwrite --quiet)
run_tool "$bin/evaluate" calibrate "${part[@]}" --gt build/demo-labels/calibration.csv --margin 20% \
  -o build/demo-calibration
run_tool "$bin/evaluate" "${part[@]}" --gt build/demo-labels/test.csv --calibration build/demo-calibration -o build/demo-certificate |
  sed '/^Verdict/,/^Written/d'
[[ -s build/demo/report.html ]] || fail "inspect wrote no build/demo/report.html"
say ""
echo "Report: $root/build/demo/report.html"
echo "Figures: $root/build/demo-evaluation/report.html"
echo "Limit: $root/build/demo-calibration/report.html"
