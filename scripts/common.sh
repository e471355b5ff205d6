# shellcheck shell=bash
# Sourced by the scripts beside it: steps with progress, a log for each, one clear line on failure.
# Messages go to stderr; stdout carries results only.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

# The line of a log that says most: first compiler error, CMake's own text, else the last complaint.
last_error() {
  local text line
  text=$(sed 's/\x1b\[[0-9;]*m//g' "$1" | tail -c 1000000 | tr -d '\0')
  line=$(grep -am1 -E ': (fatal )?error: |undefined reference to ' <<<"$text" ||
         grep -a -A3 -m1 '^CMake Error' <<<"$text" | tr -s '\n ' ' ' | grep . ||
         grep -a -E '^(E|ERROR|error|Error): |: (error|not found)|No space left|No such file' <<<"$text" | tail -n 1 ||
         grep -a . <<<"$text" | tail -n 1 || true)
  sed -E 's/^(E|ERROR|error|Error): //; s/(.{300}).*/\1…/' <<<"$line"
}

# How far a step is: ninja's "[12/60]" or ctest's "12/60 Test". A step may bring its own by naming it in $progress.
progress_from_log() { tail -c 2000 "$1" | grep -aoE '^(\[[0-9]+/[0-9]+\]| *[0-9]+/[0-9]+ Test)' | tail -n 1 | tr -d '[]Test ' || true; }

# Redraws one line on a terminal; elsewhere a plain line each half minute.
watch_step() { # label, log
  local began=$SECONDS
  while sleep 1; do
    local elapsed=$((SECONDS - began))
    if [[ -t 2 ]]; then
      printf '\r\033[K%s … %s %d s' "$1" "$("${progress:-progress_from_log}" "$2")" "$elapsed" >&2
    elif ((elapsed % 30 == 0)); then
      say "$1 … $("${progress:-progress_from_log}" "$2") $elapsed s"
    fi
  done
}

# run_step LABEL LOG COMMAND…: output goes to the log, progress to the terminal; ends the script when it fails.
run_step() {
  local label=$1 log=$2 began=$SECONDS status=0 watcher
  shift 2
  mkdir -p "$(dirname "$log")"
  [[ -t 2 ]] || say "$label …"
  watch_step "$label" "$log" 9>&- & # 9: the lock of setup.sh, which must not outlive it in a sleep
  watcher=$!
  "$@" >>"$log" 2>&1 </dev/null || status=$?
  kill "$watcher" 2>/dev/null || true
  wait "$watcher" 2>/dev/null || true
  [[ -t 2 ]] && printf '\r\033[K' >&2
  if ((status != 0)); then
    [[ -z ${CI:-} ]] || tail -n 40 "$log" >&2
    fail "$label failed: $(explain_failure "$log") (log: $root/${log#"$root/"})"
  fi
  say "$label: done in $((SECONDS - began)) s"
}
explain_failure() { last_error "$1"; }

# A build folder that was made for another path (a moved or copied tree) is made anew.
configure() { # preset
  local cache=build/$1/CMakeCache.txt fresh=()
  if [[ -f $cache ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache"; then
    fresh=(--fresh)
  fi
  mkdir -p build
  : >"build/$1.log"
  run_step "configure $1" "build/$1.log" cmake --preset "$1" "${fresh[@]}"
}

build() { # preset, targets…
  local preset=$1 targets=()
  shift
  (($# == 0)) || targets=(--target "$@")
  run_step "build $preset" "build/$preset.log" cmake --build --preset "$preset" "${targets[@]}"
}
