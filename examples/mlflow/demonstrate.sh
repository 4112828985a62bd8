#!/usr/bin/env bash
# Sets up, then runs docs/mlflow.md as it stands there, in a folder of its own: scripts that know nothing of gitreg log,
# register, load and serve, in process (direct), and through `mlflow server` (server).
# Usage: bash examples/mlflow/demonstrate.sh [direct|server|all] [FOLDER]    (an empty or new folder; a temporary one when left out)
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
what=${1:-all}
case $what in
  direct) blocks=(mlflow-logging mlflow-serving) ;;
  server) blocks=(mlflow-server) ;;
  all) blocks=(mlflow-logging mlflow-serving mlflow-server) ;;
  *) echo "error: $what is none of direct, server, all" >&2; exit 2 ;;
esac
source "$top/.ci/setup"
python -m pip install --quiet --disable-pip-version-check "$top[mlflow]" mlflow scikit-learn

home=${2:-$(mktemp -d)}
mkdir -p "$home"
home=$(cd "$home" && pwd)
if [ -e "$home/models" ] || [ -e "$home/shared" ]; then
  echo "error: $home has been used already; name an empty folder" >&2
  exit 2
fi
echo "everything this makes is in $home" >&2
cd "$top"
clean() { # of what the caller has in the environment, so that nothing helps or hinders
  env -i HOME="$home" PATH="$PATH" LC_ALL=C.UTF-8 GIT_CONFIG_NOSYSTEM=1 PYTHONUNBUFFERED=1 DO_NOT_TRACK=true "$@"
}
for block in "${blocks[@]}"; do
  commands=$(python examples/readme_commands.py docs/mlflow.md "$block")
  clean bash -euxo pipefail -c "$commands"
done
