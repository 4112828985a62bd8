#!/usr/bin/env bash
# Sets up, then tells docs/tutorial-gitlab.md on this machine: its commands as they stand there, its clicks at a stand-in for GitLab, and
# its pipelines by gitlab-ci-local.
# Usage: bash examples/gitlab/demonstrate.sh [MODE] [FOLDER]
#   MODE    project-token (the default), push-options, job-token, or all
#   FOLDER  an empty or new folder; a temporary one when left out
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
more=()
command -v rsync >/dev/null || more+=(rsync)
source "$top/.ci/setup"
python -m pip install --quiet --disable-pip-version-check "$top" scikit-learn
source "$top/.ci/gitlab-ci-local"

mode=${1:-project-token}
folder=${2:-$(mktemp -d)}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
echo "everything this makes is in $folder" >&2
modes=("$mode")
[ "$mode" != all ] || modes=(project-token push-options job-token)
for one in "${modes[@]}"; do
  python "$top/examples/gitlab/story.py" "$one" "$folder/$one"
done
