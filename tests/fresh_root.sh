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
PIP_CERT. MIRROR chooses another Debian mirror.
TEXT
}

[[ ${1:-} != -h && ${1:-} != --help ]] || { usage && exit; }
suite=${1:-}
[[ $suite == bookworm || $suite == trixie ]] || fail "which Debian? tests/fresh_root.sh bookworm or trixie"
shift
commands=("$@")
(($#)) || commands=(./scripts/demo.sh ./scripts/demo.sh ./scripts/test.sh ./scripts/test.sh)
((EUID == 0)) || fail "debootstrap and chroot need root: sudo tests/fresh_root.sh $suite"
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"

roots=${FRESH_ROOTS:-/var/tmp/fresh-roots}
tree=$roots/$suite
log=$roots/$suite.log
clone="/srv/제로 미스/zeromiss"
mkdir -p "$roots"
: >"$log"

# Its own mount namespace: nothing stays mounted, whatever happens.
if [[ -z ${FRESH_ROOT_INSIDE:-} ]]; then
  exec env FRESH_ROOT_INSIDE=1 unshare --mount --propagation private "${BASH_SOURCE[0]}" "$suite" "${commands[@]}"
fi

# shellcheck disable=SC2317 # called through run_step
make_root() {
  rm -rf "$tree.new"
  debootstrap --variant=minbase "$suite" "$tree.new" ${MIRROR:+"$MIRROR"}
  tar -C "$tree.new" -cf "$roots/$suite.tar.new" .
  mv "$roots/$suite.tar.new" "$roots/$suite.tar"
  rm -rf "$tree.new"
}
# shellcheck disable=SC2317
unpack_root() {
  rm -rf "$tree"
  mkdir -p "$tree"
  tar -C "$tree" -xf "$roots/$suite.tar"
  cp -L /etc/resolv.conf "$tree/etc/resolv.conf"
  mkdir -p "$tree/usr/local/share/ca-certificates" "$tree$(dirname "$clone")"
  find /usr/local/share/ca-certificates -name '*.crt' -exec cp {} "$tree/usr/local/share/ca-certificates/" \;
  git clone --quiet --no-hardlinks "file://$root" "$tree$clone"
}

run_inside() { # command line; prints nothing of its own
  local settings=() name
  for name in http_proxy https_proxy no_proxy PIP_INDEX_URL PIP_CERT; do
    [[ -z ${!name:-} ]] || settings+=("$name=${!name}")
  done
  # shellcheck disable=SC2016 # expanded inside
  chroot "$tree" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb "${settings[@]}" \
    bash -c 'cd "$1" && eval "$2"' inside "$clone" "$1" </dev/null
}

# Of the interface with the default route; whatever else this machine loads meanwhile is in it, too.
received() {
  local interface
  interface=$(awk '$2 == "00000000" {print $1; exit}' /proc/net/route)
  echo $(($(cat "/sys/class/net/$interface/statistics/rx_bytes") / 1000000))
}

[[ -f $roots/$suite.tar ]] || run_step "debootstrap $suite" "$log" make_root
run_step "unpack $suite and clone" "$log" unpack_root
mount -t proc proc "$tree/proc"
mount --rbind /dev "$tree/dev"
mount -t tmpfs -o size=2g tmpfs "$tree/dev/shm"

status=0
for command in "${commands[@]}"; do
  began=$SECONDS bytes=$(received) disk=$(du -smx "$tree" | cut -f 1) code=0
  say "== $suite: $command"
  run_inside "$command" 2>&1 | tee -a "$log" | tail -n 12 || code=${PIPESTATUS[0]}
  ((code == 0)) || status=1
  echo "$suite: $command: exit code $code, $((SECONDS - began)) s, $(($(received) - bytes)) MB received by this machine," \
    "$(($(du -smx "$tree" | cut -f 1) - disk)) MB of disk"
done
exit "$status"
