#!/usr/bin/env bash
# Checks an archive in a root where nothing is installed; started by tests/package/check.sh. Needs bash, coreutils, tar, gzip and sed only.
set -uo pipefail
archive=$1
place="/srv/검사 공장/3 라인" # spaces, and letters that no locale of a bare Debian knows
nobody=65534
passed=0 failed=0

ok() { passed=$((passed + 1)) && echo "ok: $*"; }
bad() { failed=$((failed + 1)) && echo "FAILED: $*"; }
check() { # WHAT COMMAND…
  local what=$1
  shift
  if "$@" >/tmp/said 2>&1; then ok "$what"; else bad "$what (exit $?): $(tail -n 3 /tmp/said)"; fi
}
expect() { # CODE WHAT COMMAND…
  local code=$1 what=$2 found=0
  shift 2
  "$@" >/tmp/said 2>&1 || found=$?
  if ((found == code)); then ok "$what: exit $code"; else bad "$what: exit $found, expected $code: $(tail -n 3 /tmp/said)"; fi
}

installed() { dpkg-query -W -f '${Package} ${Version} ${Status}\n'; }
before=$(installed | sort | sha256sum)
echo "$(. /etc/os-release && echo "$PRETTY_NAME"), $(installed | wc -l) packages, glibc $(ldd --version | sed -n '1s/.* //p')"
# shellcheck disable=SC2016
check "no compiler and no Python here" bash -c '! command -v cc g++ gcc python3 cmake'
check "no network interface but lo" bash -c "! sed 1,2d /proc/net/dev | grep -v '^ *lo:'"

mkdir -p "$place" /opt/zeromiss
began=$EPOCHREALTIME
check "unpacks" tar -C "$place" -xzf "$archive"
echo "unpacked in $((${EPOCHREALTIME/./} / 1000 - ${began/./} / 1000)) ms: $(du -sm "$place" | cut -f 1) MB; archive: $(du -m "$archive" | cut -f 1) MB"
home=$(echo "$place"/zeromiss-*)
rmdir /opt/zeromiss && cp -a "$home" /opt/zeromiss

# Every library comes from the archive, but glibc's own.
glibc='^(linux-vdso|ld-linux[^ ]*|libc|libm|libmvec|libdl|libpthread|librt|libutil|libresolv)\.so'
foreign() { # FOLDER: reads paths; prints those outside FOLDER that are not glibc's
  while read -r path; do
    case $(realpath -m "$path") in "$(realpath "$1")"/*) continue ;; esac
    grep -qE "$glibc" <<<"${path##*/}" || echo "$path"
  done
}
linked() { # PROGRAM
  /lib64/ld-linux-x86-64.so.2 --list "$1" | sed -nE 's/.* => (.*) \(0x.*/\1/p; s/^\s*(\/.*) \(0x.*/\1/p; s/.* => (not found)/\1/p'
}
loaded() { sed -nE 's/^ *[0-9]+:\s+calling init: (\/.*)/\1/p' "$1".* | sort -u; }
for tool in inspect evaluate benchmark; do
  linked "$home/bin/$tool" >/tmp/linked
  (($(wc -l </tmp/linked) > 20)) || bad "$tool: ld.so lists only $(wc -l </tmp/linked) libraries"
  outside=$(foreign "$home" </tmp/linked)
  if [[ -z $outside ]]; then ok "$tool: all of $(wc -l </tmp/linked) libraries are the archive's or glibc's"; else bad "$tool takes $outside"; fi
done

demo_in() { # FOLDER DEMO
  (cd "$1" && "$2")
}
expect 0 "demo from /" demo_in / "$home/demo.sh"
sed -n 's/^/    /p' /tmp/said
expect 0 "demo from its own folder" demo_in "$home" ./demo.sh
expect 0 "demo from a Korean folder beside it, by a relative path" demo_in "$place" "./${home##*/}/demo.sh"
expect 0 "demo through a link" bash -c "cd /tmp && mkdir -p 바로가기 && ln -sfn '$home' 바로가기/z && 바로가기/z/demo.sh"
for file in demo/report.html demo/summary.json demo/results.jsonl demo-evaluation/metrics.json demo-certificate/metrics.json; do
  check "demo wrote $file" test -s "/zeromiss-demo/$file"
done
check "the same records from every folder" cmp /zeromiss-demo/demo/results.jsonl "$place/zeromiss-demo/demo/results.jsonl"

# The archive as another user finds it, read-only and with a hostile LD_LIBRARY_PATH.
model=$home/data/models/wafer-map-cnn samples=$home/data/samples
mkdir -p /tmp/user /tmp/hostile && chown $nobody /tmp/user
for library in "$home"/lib/*.so* "$home"/lib/torch/lib/*.so*; do echo no library >"/tmp/hostile/${library##*/}"; done
as_user() { setpriv --reuid=$nobody --regid=$nobody --clear-groups "$@"; }
expect 0 "another user, LD_LIBRARY_PATH with damaged libraries" \
  as_user env LD_LIBRARY_PATH=/tmp/hostile LD_BIND_NOW=1 "$home/bin/inspect" -m "$model" -i "$samples" -o /tmp/user/run -q
expect 0 "--isolate" env LD_DEBUG=libs LD_DEBUG_OUTPUT=/tmp/ld "$home/bin/inspect" -m "$model" -i "$samples" -o /tmp/isolated --isolate
check "--isolate gives the same records" cmp /zeromiss-demo/demo/results.jsonl /tmp/isolated/results.jsonl
check "two processes or more told what they loaded" test -n "$(find /tmp -name 'ld.*' | sed -n 2p)"
loaded /tmp/ld >/tmp/loaded
outside=$(foreign "$home" </tmp/loaded)
if [[ -z $outside && -s /tmp/loaded ]]; then ok "while running, $(wc -l </tmp/loaded) libraries, all the archive's or glibc's"; else bad "loaded while running: $outside"; fi
/opt/zeromiss/bin/inspect --version >/tmp/version
/opt/zeromiss/bin/inspect -m "$model" -i "$samples" -o /tmp/copied -q
check "a copy at another place gives the same records" cmp /zeromiss-demo/demo/results.jsonl /tmp/copied/results.jsonl

# The one law, from the archive.
mkdir -p /tmp/부품 && cp "$samples/none/00.png" /tmp/부품/good.png && head -c 200 "$samples/none/00.png" >/tmp/부품/cut.png
expect 4 "a damaged image" "$home/bin/inspect" -m "$model" -i /tmp/부품 -o /tmp/damaged
check "the damaged image is ERROR, not PASS" grep -q '"image":"cut.png".*"verdict":"ERROR"' /tmp/damaged/results.jsonl
expect 1 "--fail-on reject" "$home/bin/inspect" -m "$model" -i "$samples" -o /tmp/gate --fail-on reject -q
cp -a "$model" /tmp/changed && echo x >>/tmp/changed/model.pt
expect 3 "a changed model" "$home/bin/inspect" -m /tmp/changed -i "$samples" -o /tmp/other
expect 2 "an unknown option" "$home/bin/inspect" --no-such-option
expect 6 "--device cuda" "$home/bin/inspect" -m "$model" -i "$samples" -o /tmp/gpu --device cuda
echo "    $(tail -n 1 /tmp/said)"
expect 1 "evaluate with a gate that is not met" "$home/bin/evaluate" --predictions /zeromiss-demo/demo --gt "$samples" -o /tmp/gated --require 'precision >= 1.1'
found=0
"$home/bin/benchmark" -m "$model" -i "$samples" -o /tmp/speed --seconds 2 >/tmp/said 2>&1 || found=$?
if [[ $found == 0 || $found == 8 ]] && grep -qE '^(VALID|INVALID)' /tmp/said; then
  ok "benchmark: exit $found, $(grep -m 1 -E '^(VALID|INVALID)' /tmp/said)"
else
  bad "benchmark: exit $found: $(tail -n 3 /tmp/said)"
fi

check "licences" test -s "$home/THIRD_PARTY.md" -a -s "$home/LICENSE" -a -d "$home/licenses"
check "nothing under the GPL of JBIG-KIT, nothing of NVIDIA" bash -c "! find '$home/lib' -size +60k \( -name 'libjbig*' -o -name 'libcud*' -o -name 'libcup*' \) | grep ."
check "nothing was installed" test "$(installed | sort | sha256sum)" = "$before"
echo "$passed passed, $failed failed"
((failed == 0))
