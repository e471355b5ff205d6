#!/usr/bin/env bash
# Shards by GNU parallel, on this machine or on several that see the same folders:
#     parallel.sh MODEL INPUT OUTPUT SHARDS [options of parallel, such as --jobs 2 or --sshloginfile nodes]
# Run it again after a crash: finished shards are checked and left alone, the others go on. Each night needs an OUTPUT of its own.
# Nothing is merged unless every shard ended, now, with 0, 1 or 4; any other code is the script's own.
set -euo pipefail

fail() { # CODE MESSAGE
  echo "parallel.sh: error: $2" >&2
  exit "$1"
}

(($# >= 4)) || { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
model=$1 input=$2 output=$3 shards=$4
shift 4
[[ $shards =~ ^[1-9][0-9]{0,5}$ ]] || fail 2 "SHARDS is \"$shards\", expected a number from 1 on"
# moreutils has a program of the same name.
[[ $(parallel --version 2>/dev/null </dev/null || true) == "GNU parallel"* ]] || fail 3 "no GNU parallel: apt-get install parallel"
joblog=$output/joblog
{ mkdir -p "$output" && rm -f "$joblog"; } || fail 5 "$output cannot be written"

status=0
seq 0 $((shards - 1)) | parallel --quote --joblog "$joblog" "$@" "${INSPECT:-inspect}" -m "$model" -i "$input" \
  -o "$output/shard-{}" --shard "{}/$shards" --resume --no-html --threads 1 --quiet || status=$?

# parallel's own code counts the jobs that failed, and says nothing of one that it did not start. What lies in a shard's
# folder may be of another day, whole and refused by today's run: only the code says which.
declare -A ended=()
if [[ -e $joblog ]]; then
  while read -r number value signal; do
    [[ $number =~ ^[0-9]+$ && $value =~ ^[0-9]+$ ]] || continue
    if [[ $signal =~ ^[1-9][0-9]*$ ]]; then value=$((128 + signal)); fi
    ended[$((number - 1))]=$value
  done < <(cut -f 1,7,8 "$joblog")
fi
worst=0 failed=0 missing=()
for ((shard = 0; shard < shards; shard++)); do
  code=${ended[$shard]:-none}
  case $code in
    0) ;;
    1) worst=1 ;;
    4) ((worst != 0)) || worst=4 ;;
    none) missing+=("$shard") ;;
    *)
      echo "parallel.sh: shard $shard ended with $code" >&2
      ((failed != 0)) || failed=$code
      ;;
  esac
done
if ((${#missing[@]} > 0)); then
  echo "parallel.sh: not run, or not to its end: shard ${missing[*]} (parallel ended with $status)" >&2
  ((failed != 0 || (status != 130 && status != 143))) || failed=$status
  ((failed != 0)) || failed=3
fi
((failed == 0)) || fail "$failed" "nothing was merged; see $joblog"

folders=()
for ((shard = 0; shard < shards; shard++)); do folders+=("$output/shard-$shard"); done
code=0
"${INSPECT:-inspect}" merge -o "$output/merged" --overwrite -i "$input" "${folders[@]}" || code=$?
# merge sees ERROR (4) in the records, but nothing of --fail-on (1), which goes before.
((code != 0 && (code != 4 || worst != 1))) || code=$worst
exit "$code"
