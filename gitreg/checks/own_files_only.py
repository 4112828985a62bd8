"""GR106: a proposal changes its own files, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import FILES, Case, Finding
from gitreg.checks.proposed import Proposed
from gitreg.documents import layout, places
from gitreg.domain.model import ModelVersion


class OwnFilesOnly:
    """Whoever reviews a promotion looks at a model; code or another model's version must not come in beside it."""

    code = "GR106"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Files that are none of the proposal's own, and the one that makes it what it is called, if it lacks."""
        change = case.change
        if change is None or change.proposal is None or not change.files:
            return
        proposal, own = change.proposal, _own_files(case, change.proposal)
        for status, path in change.files:
            if not is_settings(path) and status not in own.get(path, ""):
                what = {"A": "added", "D": "removed"}.get(status, "changed")
                message = f"{proposal.name} must not have it {what}; its own files: {', '.join(own) or places.TRUST}"
                yield Finding(path, 1, 1, self.code, message)
        needed = next(iter(own), None)
        if needed is not None and needed not in {path for _, path in change.files}:
            yield Finding(needed, 1, 1, self.code, f"{proposal.name} does not bring it")


def is_settings(path: str) -> bool:
    """Whether settings of the whole registry are at a path, which are GR112's."""
    return path in FILES or path.startswith((f"{places.TRUST}/", ".dvc/"))


def _own_files(case: Case, proposal: Proposed) -> dict[str, str]:
    """Path of each file that a proposal of this kind may change, and how; the first one it must."""
    if proposal.kind == "trust":
        return {}
    model = places.model_path(proposal.model)
    if proposal.kind != "promote" or proposal.version is None:
        return {model: "AM" if proposal.kind == "edit" else "M"}
    slug, version = proposal.model, proposal.version
    record = case.record(ModelVersion, layout.version_path(slug, version))
    paths = [
        layout.version_path(slug, version),
        layout.version_candidate_path(slug, version),
        layout.version_manifest_path(slug, version),
        layout.version_dvc_path(slug, version),
        layout.version_card_path(slug, version),
        *([places.number_path(slug, record.number)] if record else _claims(case, slug)),
    ]
    return {**dict.fromkeys(paths, "A"), model: "AM"}


def _claims(case: Case, model: str) -> list[str]:
    """Whatever is claimed, where the version's record does not say which number it has."""
    return [path for path in case.of_models if (places.number_of(path) or ("",))[0] == model]
