#!/usr/bin/env bash
# Runs an archive of scripts/package.sh on a bare Debian without network. By hand, as root, before a release.
from=$PWD
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/common.sh"

usage() {
  cat <<'TEXT'
usage: tests/package/check.sh ARCHIVE [SUITE]

  ARCHIVE  zeromiss-….tar.gz of scripts/package.sh
  SUITE    bookworm (Debian 12, default) or trixie (Debian 13)

Unpacks ARCHIVE in a new minimal root (debootstrap; $FRESH_ROOTS, default /var/tmp/fresh-roots) in which nothing is installed, and runs
tests/package/inside.sh there with no network interface but an unconfigured loopback. Everything that fails is named; the
last line is "N passed, N failed".
TEXT
}

[[ ${1:-} != -h && ${1:-} != --help && -n ${1:-} ]] || { usage && exit; }
# shellcheck source=tests/support/debian_root.sh
source tests/support/debian_root.sh
case $1 in /*) archive=$1 ;; *) archive=$from/$1 ;; esac
[[ -f $archive ]] || fail "no archive $archive: scripts/package.sh makes it"
suite=${2:-bookworm}
purpose=package-
enter_debian_root "$root/tests/package/check.sh" "$archive" "$suite"

fresh_debian_root
cp "$archive" "$tree/zeromiss.tar.gz"
cp tests/package/inside.sh "$tree/inside.sh"
unshare --net chroot "$tree" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb bash /inside.sh /zeromiss.tar.gz </dev/null 2>&1 |
  tee -a "$log"
