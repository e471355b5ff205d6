#!/usr/bin/env bash
# Shards by GNU parallel, on this machine or on several that see the same folders:
#     parallel.sh MODEL INPUT OUTPUT SHARDS [options of parallel, such as --jobs 2 or --sshloginfile nodes]
# Run it again after a crash: finished shards are checked and left alone, the others go on.
set -euo pipefail
(($# >= 4)) || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
model=$1 input=$2 output=$3 shards=$4
shift 4
mkdir -p "$output"
code=0
seq 0 $((shards - 1)) | parallel --quote --joblog "$output/joblog" "$@" "${INSPECT:-inspect}" -m "$model" -i "$input" \
  -o "$output/shard-{}" --shard "{}/$shards" --resume --no-html --threads 1 --quiet || code=$?
((code == 0)) || echo "$code shards did not exit 0 (4: some images are ERROR); see $output/joblog" >&2
"${INSPECT:-inspect}" merge -o "$output/merged" --overwrite -i "$input" "$output"/shard-*
