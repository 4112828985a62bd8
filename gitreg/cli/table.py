"""Every command, by section: the one visible list."""

from __future__ import annotations

from gitreg.cli.commands import Entry

SECTIONS: dict[str, dict[str, Entry]] = {
    "Candidates": {
        "run": Entry("gitreg.cli.run:run", "Run a training command as a candidate."),
        "recover": Entry("gitreg.cli.recover:recover", "Finish what a crash left."),
        "log": Entry("gitreg.cli.log:log", "Log a candidate in one go, or many from a file."),
        "list": Entry("gitreg.cli.list:list_", "List candidates."),
        "show": Entry("gitreg.cli.show:show", "Show one candidate or model version whole."),
        "compare": Entry("gitreg.cli.compare:compare", "Compare candidates side by side."),
        "experiment": Entry("gitreg.cli.experiment:experiment", "List, show, create and edit experiments."),
        "tag": Entry("gitreg.cli.tag:tag", "Set or remove tags of a candidate."),
        "note": Entry("gitreg.cli.note:note", "Write a candidate's notes."),
        "delete": Entry("gitreg.cli.delete:delete", "Hide a candidate; its history stays."),
        "restore": Entry("gitreg.cli.restore:restore", "Show a deleted candidate again."),
        "artifacts": Entry(
            "gitreg.cli.artifacts:artifacts", "List or fetch artifacts of a candidate or version."
        ),
    },
    "Models": {
        "model": Entry("gitreg.cli.model:model", "List, show and edit models and their versions."),
        "check": Entry("gitreg.cli.check:check", "Ask the gates about a candidate or a proposal."),
        "report": Entry("gitreg.cli.report:report", "Write what a reviewer needs to know of a proposal."),
        "promote": Entry("gitreg.cli.promote:promote", "Propose a candidate as a version of a model."),
        "assign": Entry("gitreg.cli.assign:assign", "Propose that a version serves in a stage."),
        "rollback": Entry(
            "gitreg.cli.rollback:rollback", "Propose that a stage goes back to its former version."
        ),
        "retire": Entry("gitreg.cli.retire:retire", "Propose that a version is not used any more."),
        "release": Entry("gitreg.cli.release:release", "Sign what review accepted."),
        "verify": Entry("gitreg.cli.verify:verify", "Prove that a release is what was reviewed and signed."),
        "audit": Entry(
            "gitreg.cli.audit:audit", "Tell who proposed, approved, signed and assigned what, when."
        ),
        "pull": Entry("gitreg.cli.pull:pull", "Bring a verified model into a folder."),
    },
    "Registry": {
        "init": Entry("gitreg.cli.init:init", "Make a registry in a new or existing repository."),
        "status": Entry("gitreg.cli.status:status", "Say what is running, unpushed, proposed or unsigned."),
        "push": Entry("gitreg.cli.push:push", "Publish artifacts, then candidates."),
        "fetch": Entry("gitreg.cli.fetch:fetch", "Bring new candidates, proposals and releases."),
        "import": Entry("gitreg.cli.import_mlflow:import_", "Bring in what other tools recorded."),
        "export": Entry(
            "gitreg.cli.export:export", "Write what others verify or read without this registry."
        ),
        "ui": Entry("gitreg.cli.ui:ui", "Show the registry in MLflow's pages."),
        "validate": Entry("gitreg.cli.validate:validate", "Check records for mistakes."),
        "doctor": Entry(
            "gitreg.cli.doctor:doctor", "Find what is wrong here, and the command that mends it."
        ),
        "ci": Entry("gitreg.cli.ci:ci", "Make a CI job's clone fit for gitreg."),
        "schema": Entry("gitreg.cli.schema:schema", "List, show or write the records' JSON schemas."),
        "storage": Entry("gitreg.cli.storage:storage", "Show or change where artifacts are kept."),
        "key": Entry("gitreg.cli.key:key", "Say who may sign what, by which key."),
        "hook": Entry(
            "gitreg.cli.hook:hook", "Let a Git server of one's own refuse what no review would take."
        ),
    },
}

UNLISTED: dict[str, Entry] = {
    "merge-driver": Entry("gitreg.cli.merge_driver:merge_driver", "Merge one record for git merge."),
}

BUNDLED = frozenset({
    "list", "show", "compare", "experiment", "artifacts", "model", "check", "verify", "pull", "audit", "status",
    "validate", "schema", "storage", "export", "key", "report",
})  # fmt: skip
"""Commands that read, and so work with a bundle as the registry; what of them would write is refused by session.py."""
