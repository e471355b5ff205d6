#!/usr/bin/env bash
# Runs the README's two commands on a bare Debian, made with debootstrap. By hand, as root, before a release.
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/common.sh"

usage() {
  cat <<'TEXT'
usage: tests/fresh_root.sh SUITE [COMMAND...]

  SUITE     bookworm (Debian 12) or trixie (Debian 13)
  COMMAND   what to run in the clone, one argument each;
            default: ./scripts/demo.sh ./scripts/test.sh, each twice (the second has nothing to do)

Makes a minimal root (kept in $FRESH_ROOTS, default /var/tmp/fresh-roots, as SUITE.tar), unpacks it anew, clones the
last commit of this repository into a folder with a space and Korean letters in its path, and runs the
commands there without any locale. ../shared is not copied. Prints time, bytes received and disk used
for each command, and their last lines; the full output is in $FRESH_ROOTS/SUITE.log.

This machine's own network settings go along: resolv.conf, local CA certificates, *_proxy, PIP_INDEX_URL and
PIP_CERT. MIRROR chooses another Debian mirror; FRESH_CCACHE is a folder for compiled files that outlives the root.
TEXT
}

[[ ${1:-} != -h && ${1:-} != --help ]] || { usage && exit; }
# shellcheck source=tests/support/debian_root.sh
source tests/support/debian_root.sh
suite=${1:-}
shift || true
commands=("$@")
(($#)) || commands=(./scripts/demo.sh ./scripts/demo.sh ./scripts/test.sh ./scripts/test.sh)
clone="/srv/제로 미스/zeromiss"
enter_debian_root "$root/tests/fresh_root.sh" "$suite" "${commands[@]}"

# shellcheck disable=SC2317 # called through run_step
clone_repository() {
  cp -L /etc/resolv.conf "$tree/etc/resolv.conf"
  mkdir -p "$tree/usr/local/share/ca-certificates" "$tree$(dirname "$clone")"
  find /usr/local/share/ca-certificates -name '*.crt' -exec cp {} "$tree/usr/local/share/ca-certificates/" \;
  git clone --quiet --no-hardlinks "file://$root" "$tree$clone"
}

for name in http_proxy https_proxy no_proxy PIP_INDEX_URL PIP_CERT; do
  [[ -z ${!name:-} ]] || settings+=("$name=${!name}")
done

# Of the interface with the default route; whatever else this machine loads meanwhile is in it, too.
received() {
  local interface
  interface=$(awk '$2 == "00000000" {print $1; exit}' /proc/net/route)
  echo $(($(cat "/sys/class/net/$interface/statistics/rx_bytes") / 1000000))
}

fresh_debian_root
run_step "clone" "$log" clone_repository
if [[ -n ${FRESH_CCACHE:-} ]]; then
  mkdir -p "$FRESH_CCACHE" "$tree/ccache"
  mount --bind "$FRESH_CCACHE" "$tree/ccache"
  settings+=(CCACHE_DIR=/ccache "CCACHE_BASEDIR=$clone" CCACHE_NOHASHDIR=1)
fi

status=0
for command in "${commands[@]}"; do
  began=$SECONDS bytes=$(received) disk=$(du -smx "$tree" | cut -f 1) code=0
  say "== $suite: $command"
  run_in_root "$clone" "$command" 2>&1 | tee -a "$log" | tail -n 12 || code=${PIPESTATUS[0]}
  ((code == 0)) || status=1
  echo "$suite: $command: exit code $code, $((SECONDS - began)) s, $(($(received) - bytes)) MB received by this machine," \
    "$(($(du -smx "$tree" | cut -f 1) - disk)) MB of disk"
done
exit "$status"
