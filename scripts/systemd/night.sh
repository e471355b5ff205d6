#!/usr/bin/env bash
# Inspects one day's folder, goes on where a kill or a reboot stopped it, and publishes metrics.prom for
# node_exporter. Ends with inspect's own exit code. Settings: /etc/zeromiss/night.conf (night.conf.example).
set -euo pipefail

fail() {
  echo "night: error: $*" >&2
  exit 2
}

for name in ZEROMISS_BIN ZEROMISS_MODEL ZEROMISS_INPUT ZEROMISS_OUTPUT; do
  [[ -n ${!name:-} ]] || fail "$name is not set; see night.conf.example"
done
# A run that began before midnight and was stopped belongs to the evening before.
day=$(date -d '-12 hours' +%F)
input=${ZEROMISS_INPUT//'{date}'/$day}
output=${ZEROMISS_OUTPUT//'{date}'/$day}
read -r -a options <<<"${ZEROMISS_OPTIONS:-}"

code=0
"$ZEROMISS_BIN/inspect" -m "$ZEROMISS_MODEL" -i "$input" -o "$output" --resume --progress never "${options[@]}" || code=$?

# 1 and 4: every image has its record all the same. Anything else is no success, and the old time stays:
# an alert on zeromiss_last_success_timestamp_seconds then fires.
if [[ -n ${ZEROMISS_TEXTFILE_DIR:-} && ($code == 0 || $code == 1 || $code == 4) ]]; then
  temporary=$(mktemp "$ZEROMISS_TEXTFILE_DIR/.zeromiss.XXXXXX")
  cp "$output/metrics.prom" "$temporary"
  chmod 644 "$temporary"
  mv "$temporary" "$ZEROMISS_TEXTFILE_DIR/zeromiss.prom" # a collector never sees half a file
fi
exit "$code"
