#!/usr/bin/env bash
# Inspects the folder of the evening and, before it, those of earlier evenings that are not finished; goes on where a kill or a reboot
# stopped it; publishes metrics.prom for node_exporter. Which evenings, and which exit code: README.md.
# Settings: /etc/zeromiss/night.conf (night.conf.example). ZEROMISS_NOW='2026-01-31 22:01' takes the place of the clock.
set -euo pipefail
shopt -s nullglob

say() { echo "night: $*" >&2; }
fail() { # CODE MESSAGE
  say "error: $2"
  exit "$1"
}

for name in ZEROMISS_BIN ZEROMISS_MODEL ZEROMISS_INPUT ZEROMISS_OUTPUT; do
  [[ -n ${!name:-} ]] || fail 2 "$name is not set; see night.conf.example"
done
[[ $ZEROMISS_OUTPUT == *'{date}'* ]] || fail 2 "ZEROMISS_OUTPUT has no {date}, but each night needs a folder of its own"
due=${ZEROMISS_DUE:-22:00}
[[ $due =~ ^([01][0-9]|2[0-3]):[0-5][0-9]$ ]] || fail 2 "ZEROMISS_DUE is \"$due\", expected a time such as 22:00"
read -r -d '' -a options <<<"${ZEROMISS_OPTIONS:-}" || true

input_of() { printf '%s\n' "${ZEROMISS_INPUT//'{date}'/$1}"; }
output_of() { printf '%s\n' "${ZEROMISS_OUTPUT//'{date}'/$1}"; }

# The day of the latest run that was due: also for a PC that was off then, and for a run that goes on after midnight.
latest_evening() {
  local now
  now=$(date -d "${ZEROMISS_NOW:-now}" '+%F %H:%M') || return
  if [[ ${now#* } < $due ]]; then
    date -u -d "${now% *} -1 day" +%F # without a time zone: there are days without a midnight
  else
    echo "${now% *}"
  fi
}

dates_in() { # PATH: the dates for which something lies at its {date}
  [[ $1 == *'{date}'* ]] || return 0
  local prefix=${1%%'{date}'*} found
  for found in "$prefix"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*; do
    found=${found#"$prefix"}
    echo "${found:0:10}"
  done
}

# What cannot be read counts: inspect says why.
has_files() { # PATH
  local found
  [[ -e $1 ]] || return 1
  found=$(find -L "$1" ! -type d -print -quit 2>/dev/null) || return 0
  [[ -n $found ]]
}

# From the oldest results on, every evening before DAY that has images or results, but no summary.json, which is written last.
unfinished_before() { # DAY
  local day output oldest=
  while read -r day; do
    [[ $day < $1 ]] || break
    output=$(output_of "$day")
    if [[ -e $output ]]; then
      oldest=${oldest:-$day}
      [[ -e $output/summary.json ]] || echo "$day"
    elif [[ -n $oldest ]] && has_files "$(input_of "$day")"; then
      echo "$day"
    fi
  done < <({ dates_in "$ZEROMISS_INPUT"; dates_in "$ZEROMISS_OUTPUT"; } | LC_ALL=C sort -u)
}

# Waits for inspect, to which systemd sends its own SIGTERM (KillMode=control-group), and begins no other.
stopped=0
trap 'stopped=143' TERM
trap 'stopped=130' INT

failed=0 # the first code that leaves an evening unfinished
gate=0   # else 1 or, after it, 4
inspect_evening() { # DAY
  local code=0 output
  ((stopped == 0)) || exit "$stopped"
  output=$(output_of "$1")
  "$ZEROMISS_BIN/inspect" -m "$ZEROMISS_MODEL" -i "$(input_of "$1")" -o "$output" --resume --progress never "${options[@]}" || code=$?
  case $code in
    130 | 143) exit "$code" ;;
    0 | 1 | 4)
      if [[ ! -e $output/summary.json ]]; then
        say "error: inspect ended with $code, but $output/summary.json is not there; what do ZEROMISS_OPTIONS say?"
        code=2
      elif grep -qs '^ *"shard": {' "$output/run.json"; then
        say "error: $output is one shard of the evening; ZEROMISS_OPTIONS must not say --shard: it inspects a part"
        code=2
      fi
      ;;
  esac
  case $code in
    0) ;;
    1) gate=1 ;;
    4) ((gate != 0)) || gate=4 ;;
    *)
      say "error: the evening $1 is not finished: inspect ended with $code"
      ((failed != 0)) || failed=$code
      ;;
  esac
}

declare -A tried=()
day=
# Again when a run that caught up was not done before the next one was due.
while latest=$(latest_evening) || fail 2 "no date is known"; [[ $latest != "$day" ]]; do
  day=$latest
  mapfile -t days < <(unfinished_before "$day")
  for each in "${days[@]}" "$day"; do
    [[ -z ${tried[$each]:-} ]] || continue
    tried[$each]=yes
    [[ $each == "$day" ]] || say "the evening $each is not finished: it comes first"
    inspect_evening "$each"
  done
done
((failed == 0)) || exit "$failed" # no success: the old time stays, and an alert on it fires

publish() {
  local temporary
  temporary=$(mktemp "$ZEROMISS_TEXTFILE_DIR/.zeromiss.XXXXXX") || return
  # Renamed: a collector never sees half a file.
  cp "$(output_of "$day")/metrics.prom" "$temporary" && chmod 644 "$temporary" &&
    mv "$temporary" "$ZEROMISS_TEXTFILE_DIR/zeromiss.prom" && return
  rm -f "$temporary"
  return 1
}
# 1 and 4: every image has its record all the same.
[[ -z ${ZEROMISS_TEXTFILE_DIR:-} ]] || publish ||
  fail 5 "the night is inspected, but metrics.prom could not be published in ZEROMISS_TEXTFILE_DIR=$ZEROMISS_TEXTFILE_DIR"
exit "$gate"
