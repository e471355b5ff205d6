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
ZEROMISS_BIN=build/$preset/bin ZEROMISS_DATA=data scripts/package/demo.sh build
