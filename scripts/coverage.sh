#!/usr/bin/env bash
# Which lines of lib/ the tests run. LibTorch's file and the tools' programs are left out. The last line of stdout is the figure.
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
usage: scripts/coverage.sh [--html] [--no-setup]

Builds the preset "coverage", runs its tests (half an hour on two cores) and prints the line coverage of lib/ by file. Fails below 90 %.

  --html      also build/coverage/report/index.html, line by line
  --no-setup  install nothing
  -h, --help  this text
TEXT
}

readonly least=90
setup=(scripts/setup.sh --dev)
html=()
for option in "$@"; do
  case $option in
    --html) mkdir -p build/coverage/report && html=(--html-details build/coverage/report/index.html) ;;
    --no-setup) setup=(true) ;;
    -h | --help) usage && exit ;;
    *) fail "unknown option $option; scripts/coverage.sh --help lists the options" ;;
  esac
done

"${setup[@]}"
configure coverage
build coverage
find build/coverage -name '*.gcda' -delete
log=build/coverage/tests.log
rm -f "$log"
# A full disk is full for gcov, too, which says so on stderr.
run_step "tests coverage" "$log" ctest --preset coverage --parallel "$(nproc)" --timeout 600 --no-tests=error -LE 'browser|lint' -E 'cli.bad-inspect-full-disk'
log=build/coverage/gcovr.log
rm -f "$log"
run_step "gcovr" "$log" gcovr --root . --object-directory build/coverage --filter 'lib/' --exclude 'lib/model/torch_.*' \
  --exclude-throw-branches --txt build/coverage/coverage.txt --json-summary build/coverage/coverage.json "${html[@]}" build/coverage
cat build/coverage/coverage.txt
python3 - "$least" <<'PY'
import json, sys
total = json.load(open("build/coverage/coverage.json"))
print(f"line coverage of lib/ without LibTorch: {total['line_percent']:.1f} % ({total['line_covered']} of {total['line_total']} lines)")
sys.exit(total["line_percent"] < float(sys.argv[1]))
PY
