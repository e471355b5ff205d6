#!/usr/bin/env bash
# Runs slurm_array.sh on a Slurm of one node, made here and ended here: 8 shards, one killed -9 and requeued, the merged result
# byte-identical to one run. Takes four minutes: Slurm lets a requeued job wait for two. As root, by hand, after scripts/setup.sh and a release build. Debian's slurm-wlm and munge.
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"

readonly shards=8 copies=160 killed=3 limit_s=600
bin=$root/build/release/bin
[[ -x $bin/inspect ]] || fail "no $bin/inspect: scripts/demo.sh builds it"
((EUID == 0)) || fail "a Slurm of one's own needs root: sudo scripts/cluster/test_slurm.sh"
command -v slurmctld >/dev/null && command -v munged >/dev/null ||
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends slurm-wlm munge >/dev/null ||
  fail "Slurm could not be installed: apt-get install slurm-wlm munge"

work=$(mktemp -d)
pids=()
finish() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT

start_slurm() {
  local host
  host=$(hostname -s)
  mkdir -p "$work"/{munge,state,spool,log}
  dd if=/dev/urandom of="$work/munge/key" bs=1024 count=1 status=none
  chmod 700 "$work/munge" && chmod 400 "$work/munge/key"
  chmod 755 "$work" # munged refuses a socket below a folder that it does not trust
  munged --foreground --force --key-file="$work/munge/key" --socket="$work/munge.socket" --pid-file="$work/munge/pid" \
    --log-file="$work/munge/log" --seed-file="$work/munge/seed" &>"$work/log/munged" &
  pids+=($!)
  cat >"$work/slurm.conf" <<CONF
ClusterName=zeromiss
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CryptoType=crypto/munge
SlurmctldPort=26817
SlurmdPort=26818
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/log/slurmctld
SlurmdLogFile=$work/log/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,requeue_setup_env_fail
MpiDefault=none
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
  export SLURM_CONF=$work/slurm.conf
  slurmctld -D &>"$work/log/slurmctld.out" &
  pids+=($!)
  slurmd -D -N "$host" &>"$work/log/slurmd.out" &
  pids+=($!)
  wait_for "a node that is idle" eval 'sinfo -h -o %t 2>/dev/null | grep -q idle'
}

wait_for() { # what, command…
  local what=$1 end=$((SECONDS + limit_s))
  shift
  until "$@"; do
    ((SECONDS < end)) || fail "waited $limit_s s for $what; logs: $(tail -n 3 "$work"/log/* 2>/dev/null | tr '\n' ' ')"
    sleep 0.05
  done
}

say "pictures: $copies times data/samples, as links"
for ((copy = 0; copy < copies; copy++)); do cp -rl "$root/data/samples" "$work/lot-$copy" 2>/dev/null || cp -r "$root/data/samples" "$work/lot-$copy"; done
mkdir "$work/lot" && mv "$work"/lot-* "$work/lot/"
say "one run over everything"
"$bin/inspect" -m "$root/data/models/wafer-map-cnn" -i "$work/lot" -o "$work/whole" --no-html -q >/dev/null || fail "inspect ended with $?"

say "a Slurm of one node"
start_slurm
export INSPECT=$bin/inspect MODEL=$root/data/models/wafer-map-cnn INPUT=$work/lot OUTPUT=$work/night SHARDS=$shards
job=$(sbatch --parsable --array=0-$((shards - 1)) --output="$work/log/job-%a" "$root/scripts/cluster/slurm_array.sh") || fail "sbatch ended with $?"
say "job $job: $shards shards; kill -9 on shard $killed as soon as it has records"
victim() { pgrep -f -- "--shard $killed/$shards " || true; }
wait_for "records of shard $killed" test -s "$work/night/shard-$killed/results.jsonl"
pid=$(victim)
[[ -n $pid && ! -e $work/night/shard-$killed/summary.json ]] || fail "shard $killed was done before it could be killed: raise \`copies\`"
kill -9 "$pid"
say "killed process $pid after $(wc -l <"$work/night/shard-$killed/results.jsonl") records"
[[ ! -e $work/night/shard-$killed/summary.json ]] || fail "a killed shard has a summary.json"
# shellcheck disable=SC2016 # expanded by eval
wait_for "the end of all jobs" eval '[[ -z $(squeue -h) ]]'
grep -h "runs again" "$work"/log/job-* || fail "no job was requeued"

"$bin/inspect" merge -o "$work/merged" --no-html "$work"/night/shard-* || fail "merge ended with $?"
cmp "$work/whole/results.jsonl" "$work/merged/results.jsonl" || fail "the merged result is another one"
cmp "$work/whole/results.csv" "$work/merged/results.csv" || fail "the merged table is another one"
say "merged result byte-identical to one run: $(wc -l <"$work/merged/results.jsonl") records"
