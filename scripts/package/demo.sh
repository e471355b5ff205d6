#!/usr/bin/env bash
# Inspects the samples with the bundled model and says how good it is: demo.sh of an archive, and the last part of scripts/demo.sh.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

usage() {
  cat <<'TEXT'
usage: demo.sh [FOLDER]

Inspects data/samples with data/models/wafer-map-cnn. Results go to FOLDER (default: zeromiss-demo in the current folder):
demo, figures against the known classes: demo-evaluation; a limit chosen on half of the samples and judged on the others:
demo-calibration, demo-certificate. All are overwritten by the next demo. Needs no installation and no network.
TEXT
}

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

case ${1:-} in
  -h | --help) usage && exit ;;
  -*) fail "unknown option $1; demo.sh --help" ;;
esac
output=${1:-zeromiss-demo}
bin=${ZEROMISS_BIN:-$home/bin}
data=${ZEROMISS_DATA:-$home/data}
mkdir -p "$output"

# The samples hold defects on purpose; REJECT is no failure here (--fail-on is none by default).
run_tool() {
  printf '\n$ %s\n' "$*" >&2
  local status=0
  "$@" || status=$?
  ((status == 0)) || fail "${1##*/} ended with exit code $status (its message is above)"
}
run_tool "$bin/inspect" -m "$data/models/wafer-map-cnn" -i "$data/samples" -o "$output/demo" --overwrite
run_tool "$bin/evaluate" --predictions "$output/demo" --gt "$data/samples" -o "$output/demo-evaluation" --overwrite

# The limit for zero misses from the even-numbered samples, and what the odd-numbered ones say of it: none is in both.
labels() { # labels DIGITS: a row for each sample whose number ends in one of them
  echo image,label
  (cd "$data/samples" && for image in */*["$1"].png; do echo "$image,${image%/*}"; done)
}
mkdir -p "$output/demo-labels"
labels 02468 >"$output/demo-labels/calibration.csv"
labels 13579 >"$output/demo-labels/test.csv"
part=(--predictions "$output/demo" --images "$data/samples" --allow-unlabelled --overwrite --quiet)
run_tool "$bin/evaluate" calibrate "${part[@]}" --gt "$output/demo-labels/calibration.csv" --margin 20% \
  -o "$output/demo-calibration"
run_tool "$bin/evaluate" "${part[@]}" --gt "$output/demo-labels/test.csv" --calibration "$output/demo-calibration" \
  -o "$output/demo-certificate" | sed '/^Verdict/,/^Written/d'
[[ -s $output/demo/report.html ]] || fail "inspect wrote no $output/demo/report.html"
printf '\n' >&2
output=$(cd "$output" && pwd -P)
echo "Report: $output/demo/report.html"
echo "Figures: $output/demo-evaluation/report.html"
echo "Limit: $output/demo-calibration/report.html"
