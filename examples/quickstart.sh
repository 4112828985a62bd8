#!/usr/bin/env bash
# Sets up, then runs the quick start of README.md as it stands there, in a folder of its own.
# Usage: bash examples/quickstart.sh [FOLDER]    (an empty or new folder; a temporary one when left out)
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$top/.ci/setup"
python -m pip install --quiet --disable-pip-version-check "$top" scikit-learn

home=${1:-$(mktemp -d)}
mkdir -p "$home"
home=$(cd "$home" && pwd)
if [ -e "$home/tumours" ]; then
  echo "error: $home/tumours is there already; name an empty folder" >&2
  exit 2
fi
echo "everything this makes is in $home" >&2
cd "$top"
commands=$(python examples/readme_commands.py README.md quick-start)
HOME=$home XDG_CONFIG_HOME=$home/.config XDG_CACHE_HOME=$home/.cache XDG_DATA_HOME=$home/.local/share \
  bash -euxo pipefail -c "$commands"
