#!/usr/bin/env bash
# One job array, one shard a job: sbatch --array=0-31 --export=ALL,MODEL=…,INPUT=…,OUTPUT=…,SHARDS=32 slurm_array.sh
# Repeat a part with the same SHARDS: sbatch --array=3,17 --export=ALL,…,SHARDS=32 slurm_array.sh
# Each night needs an OUTPUT of its own. Merge when every job ended well, and not before (README.md): --dependency=afterok
#SBATCH --job-name=inspect
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --open-mode=append
set -uo pipefail
: "${MODEL:?model package}" "${INPUT:?folder of images}" "${OUTPUT:?folder for the shards}" "${SHARDS:?their number}"
readonly most_restarts=3

mkdir -p "$OUTPUT"
# --resume begins a new shard as well as it goes on with one that a lost node left.
"${INSPECT:-inspect}" -m "$MODEL" -i "$INPUT" -o "$OUTPUT/shard-$SLURM_ARRAY_TASK_ID" --no-html \
  --shard "$SLURM_ARRAY_TASK_ID/$SHARDS" --resume --threads "${SLURM_CPUS_PER_TASK:-1}"
code=$?
# Killed (128 + signal): the machine's fault, not the images'. Anything else will not get better by itself.
if ((code > 128 && ${SLURM_RESTART_COUNT:-0} < most_restarts)); then
  echo "shard $SLURM_ARRAY_TASK_ID ended with $code: runs again" >&2
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
