#!/bin/sh
# Twelve candidates: four strengths of regularization, three kinds of it.
set -eu
for strength in 0.03 0.1 1 10; do
  for l1 in 0 0.5 1; do
    gitreg run -e breast-cancer -n "strength=$strength,l1=$l1" \
      --data train=data/train.csv --data test=data/test.csv \
      --params params.json --metrics metrics.json -a model \
      -- python3 train.py --strength "$strength" --l1 "$l1"
  done
done
