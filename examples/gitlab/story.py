"""Tells docs/tutorial-gitlab.md: its commands as they stand there, its clicks at a stand-in for GitLab, its pipelines by
gitlab-ci-local.

    python examples/gitlab/story.py MODE FOLDER

MODE is `project-token`, `push-options` (no token but what Git itself needs) or `job-token`. FOLDER is empty or new. demonstrate.sh sets up
what this needs.
"""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from pipelines import Runner, program

TOP = Path(__file__).resolve().parents[2]
TUTORIAL = TOP / "docs" / "tutorial-gitlab.md"
STANDIN = TOP / "tests" / "gitlab_standin.py"
BLOCK = re.compile(r"^```sh (?P<name>\S+)\n(?P<commands>.*?)^```$", re.MULTILINE | re.DOTALL)
LACKING = 3
"""Exit code of a machine without gitlab-ci-local."""
MODES = ("project-token", "push-options", "job-token")
MAIN = "refs/heads/main"


class Story:
    """One telling, in one mode: a person's home, a project in the stand-in, and a runner."""

    def __init__(self, mode, folder, program):
        self.mode, self.folder, self.program = mode, folder, program
        self.home, self.forge = folder / "home", folder / "gitlab"
        self.blocks = {one["name"]: one["commands"] for one in BLOCK.finditer(TUTORIAL.read_text("utf-8"))}
        self.told = []

    def __enter__(self):
        self.home.mkdir(parents=True)
        self.server = subprocess.Popen(
            [
                sys.executable,
                str(STANDIN),
                "serve",
                str(self.forge),
                "--project",
                "team/tumours",
                "--git-auth",
                "--with-parent",
            ],
            stdout=subprocess.DEVNULL,
        )
        while not (self.forge / "standin.json").exists():
            if self.server.poll() is not None:
                raise SystemExit("error: the stand-in for GitLab did not start")
            time.sleep(0.05)
        self.there = json.loads((self.forge / "standin.json").read_text())
        self.environ = self._environ()
        self._sign_in()
        self.runner = self._runner()
        return self

    def __exit__(self, *_):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait()

    def _environ(self):
        kept = ("PATH", "LANG", "TMPDIR", "PYTHONPATH")
        return {name: os.environ[name] for name in kept if name in os.environ} | {
            "HOME": str(self.home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "DVC_NO_ANALYTICS": "1",
            "LC_ALL": "C.UTF-8",
            "PROJECT": self.there["remote_url"].removesuffix(".git"),
            "STORAGE": str(self.folder / "storage"),
        }

    def _runner(self):
        """A runner on this machine, with a home of its own."""
        home = self.folder / "runner"
        self._use_storage(home)
        environ = {name: value for name, value in self.environ.items() if name not in {"PROJECT", "STORAGE"}}
        environ["HOME"] = str(home)
        return Runner(home, self.there["remote_url"], self.there["job_token"], environ, self.program)

    def _use_storage(self, home):
        """The storage is a folder of this machine; that it may be one, its user says, not the repository."""
        (home / ".config/dvc").mkdir(parents=True)
        (home / ".config/dvc/config").write_text(
            f"['remote \"store\"']\n    url = {self.environ['STORAGE']}\n"
        )

    def _sign_in(self):
        """What Ada has on her machine before the tutorial begins: a name, and what `git push` asks for."""
        self._use_storage(self.home)
        token = self.there["person_token" if self.mode == "project-token" else "git_token"]
        (self.home / ".gitconfig").write_text(
            "[user]\n\tname = Ada Example\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"
            "[credential]\n\thelper = store\n[gitreg]\n\tforge = gitlab\n"
        )
        url = self.there["url"].replace("://", f"://ada:{token}@")
        (self.home / ".git-credentials").write_text(f"{url}\n")
        (self.home / ".git-credentials").chmod(0o600)

    # what happens

    def say(self, words):
        print(f"\n== {words}", flush=True)

    def type(self, name):
        """A person types a block of the tutorial."""
        self.say(f"block {name}")
        self.told.append(name)
        subprocess.run(
            ["bash", "-euxo", "pipefail", "-c", self.blocks[name]], cwd=TOP, env=self.environ, check=True,
            stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def play(self, act, *words):
        """A person clicks."""
        there = http.client.HTTPConnection(urlsplit(self.there["url"]).netloc, timeout=60)
        said = json.dumps({"act": act, "words": [str(word) for word in words]})
        there.request("POST", "/-/play", said, {"X-Secret": self.there["secret"]})
        answer = there.getresponse()
        found = json.loads(answer.read())
        if answer.status != 200:
            raise SystemExit(f"error: {act} {words}: {found['message']}")
        return found

    def tip(self, ref):
        bare = self.forge / "team/tumours.git"
        return subprocess.run(
            ["git", "rev-parse", f"{ref}^{{commit}}"], cwd=bare, env=self.environ, capture_output=True, text=True,
            check=True,
        ).stdout.strip()  # fmt: skip

    def web(self, ref=MAIN, **variables):
        words = "".join(f" with {name}={value}" for name, value in variables.items())
        self.say(f"click: Build > Pipelines > New pipeline, for {ref}{words}")
        return self.runner.web(ref, self.tip(ref), **variables)

    def merge(self, iid):
        self.say(f"click: Merge, in merge request !{iid}")
        self.play("merge", iid)

    def check_merge_request(self, iid):
        """Run its pipeline: the click Run pipeline, or what GitLab does by itself."""
        one = self.play("show", iid)
        base = subprocess.run(
            ["git", "merge-base", "main", one["sha"]], cwd=self.forge / "team/tumours.git", env=self.environ,
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        ref = f"refs/heads/{one['source_branch']}"
        return self.runner.merge_request(iid, ref, one["sha"], base, one["title"])

    def pipelines(self):
        """Let GitLab run what it would start by itself since it was last asked; pushes of jobs start nothing."""
        said, seen = "", set()
        for one in self.play("pipelines"):
            key = (one["source"], one["ref"])
            if key in seen or one["sha"] != self.tip(one["ref"]):
                continue
            seen.add(key)
            if one["source"] == "push" and one["ref"].startswith(("refs/heads/gitreg/", "refs/tags/model/")):
                self.say(f"GitLab starts no pipeline for {one['ref']}: no rule of a job fits")
            elif one["source"] == "push":
                self.say(f"GitLab starts a pipeline for {one['ref']}")
                said += self.runner.push(one["ref"], one["sha"], one["before"])
            else:
                self.say(f"GitLab starts a pipeline for merge request !{one['iid']}")
                said += self.check_merge_request(one["iid"])
        return said

    def forget_pipelines(self):
        """What is not of interest in this story."""
        self.play("pipelines")


def opened(story):
    """The number of the merge request that is open."""
    found = [one["iid"] for one in story.play("list") if one["state"] == "opened"]
    if len(found) != 1:
        raise SystemExit(f"error: {len(found)} merge requests are open")
    return found[0]


def begin(story):
    """A registry, a machine that may sign, and what is set in the project."""
    story.type("registry")
    if story.mode == "job-token":
        story.type("promote-job")
    story.forget_pipelines()
    story.type("machine")
    story.merge(opened(story))
    story.forget_pipelines()
    story.type("anchor")
    story.say("clicks: protected branch and tags, variables")
    story.play("protect", "main")
    story.play("protect-tags", "model/*", "stage/*", "retire/*", "resign/*")
    story.runner.variables["GITREG_PACKAGE"] = ""
    story.runner.variables["GITREG_ANCHOR"] = str(story.home / "anchor.json")
    if story.mode != "push-options":
        story.runner.protected["GITREG_SIGNING_KEY@gitreg-release"] = str(story.home / "gitlab-release")
    if story.mode == "project-token":
        story.runner.variables["GITREG_TOKEN"] = story.there["token"]
        story.runner.protected["GITREG_TOKEN@gitreg-release"] = story.there["release_token"]
    if story.mode == "job-token":
        story.say("click: Allow Git push requests to the repository")
        story.play("job-token-push", "on")


def tell(story):
    """From three candidates to a prediction."""
    begin(story)
    if story.mode == "push-options":
        story.type("train-here")
    else:
        story.web()
    story.forget_pipelines()

    if story.mode == "job-token":
        story.type("best")
        story.web(GITREG_PROMOTE="breast-cancer/best")
    else:
        story.type("best")
        story.type("promote")
    iid = opened(story)
    if not story.pipelines():
        story.say(f"click: Run pipeline, in merge request !{iid}, Pipelines")
        story.check_merge_request(iid)
    print(f"notes of merge request !{iid}: {len(story.play('notes', iid))}")
    story.say(f"click: Approve, in merge request !{iid}, by bob")
    story.play("approve", iid, "bob")
    story.merge(iid)

    story.pipelines()
    if story.mode == "push-options":
        story.type("release-here")
    said = story.pipelines() or story.web("refs/tags/stage/tumours/production/1")
    if "tumours told right" not in said:
        raise SystemExit("error: nothing was predicted")
    story.type("verify")
    print("\nbroke GitLab's contract:", story.play("violations") or "nothing")


def main(mode, folder):
    if mode not in MODES:
        raise SystemExit(f"error: {mode} is none of {', '.join(MODES)}")
    if folder.exists() and any(folder.iterdir()):
        raise SystemExit(f"error: {folder} is not empty")
    found = program(dict(os.environ))
    if not found or not shutil.which("rsync"):
        print(
            "error: there is no gitlab-ci-local that runs, or no rsync; demonstrate.sh brings them",
            file=sys.stderr,
        )
        sys.exit(LACKING)
    with Story(mode, folder.resolve(), found) as story:
        tell(story)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
