#!/usr/bin/env bash
# Shows what a model's network sees of one image: a picture after each step of its package.
from=$PWD
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
usage: scripts/show_steps.sh PACKAGE IMAGE [DIR]

Runs inspect show-steps of the release build (scripts/demo.sh makes it). Pictures and steps.html go to
DIR, by default build/steps, which the next call overwrites.
TEXT
}

case ${1-} in
  -h | --help) usage && exit ;;
esac
(($# >= 2 && $# <= 3)) && [[ -n $1 && -n $2 ]] || fail "expected PACKAGE IMAGE [DIR]; scripts/show_steps.sh --help"
absolute() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s' "$from/$1" ;; esac; }
output=build/steps
[[ -z ${3:-} ]] || output=$(absolute "$3")
tool=build/release/bin/inspect
[[ -x $tool ]] || fail "$tool is missing: run scripts/demo.sh once"
exec "$tool" show-steps -m "$(absolute "$1")" -i "$(absolute "$2")" -o "$output" --overwrite
