# shellcheck shell=bash
# Sourced, after scripts/common.sh, by the scripts that need a bare Debian: tests/fresh_root.sh and tests/package/check.sh.
# They set $suite (bookworm or trixie) and $purpose (part of names), and get $roots, $tree (the root's folder) and $log.
suite='' purpose=''

# Sets the variables and enters a mount namespace of its own: nothing stays mounted, whatever happens.
enter_debian_root() { # what to run again inside: script and arguments
  [[ $suite == bookworm || $suite == trixie ]] || fail "which Debian? bookworm or trixie; $1 --help"
  ((EUID == 0)) || fail "debootstrap and chroot need root: sudo $*"
  command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
  roots=${FRESH_ROOTS:-/var/tmp/fresh-roots}
  tree=$roots/$purpose$suite
  log=$roots/$purpose$suite.log
  mkdir -p "$roots"
  if [[ -z ${FRESH_ROOT_INSIDE:-} ]]; then
    exec env FRESH_ROOT_INSIDE=1 unshare --mount --propagation private "$@"
  fi
  : >"$log"
}

# shellcheck disable=SC2317 # called through run_step
make_root() {
  rm -rf "$tree.new"
  mkdir -p "$tree.new"
  mount -t tmpfs -o size=2g,mode=755 tmpfs "$tree.new" # dpkg syncs every file: minutes on a busy disk
  debootstrap --variant=minbase "$suite" "$tree.new" ${MIRROR:+"$MIRROR"}
  tar -C "$tree.new" -cf "$roots/$suite.tar.new" .
  mv "$roots/$suite.tar.new" "$roots/$suite.tar"
  umount "$tree.new"
  rmdir "$tree.new"
}
# shellcheck disable=SC2317
unpack_root() {
  rm -rf "$tree"
  mkdir -p "$tree"
  tar -C "$tree" -xf "$roots/$suite.tar"
}

# A root that nobody has used, at $tree.
fresh_debian_root() {
  [[ -f $roots/$suite.tar ]] || run_step "debootstrap $suite" "$log" make_root
  run_step "unpack $suite" "$log" unpack_root
  mount -t proc proc "$tree/proc"
  mount --rbind /dev "$tree/dev"
  mount -t tmpfs -o size=2g tmpfs "$tree/dev/shm"
}

# Prints nothing of its own; the environment is PATH, HOME, TERM and NAME=VALUE of $settings.
settings=()
run_in_root() { # folder, command line
  # shellcheck disable=SC2016 # expanded inside
  chroot "$tree" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb "${settings[@]}" \
    bash -c 'cd "$1" && eval "$2"' inside "$1" "$2" </dev/null
}
