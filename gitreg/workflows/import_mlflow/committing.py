"""Records of an import, committed many at a time: what a commit holds stays when the import is killed after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitreg.documents import layout, places
from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.errors import RecordError
from gitreg.gitrepo import Bulk, ObjectId
from gitreg.store import Author, retrying
from gitreg.workflows.candidate_branch import keep_candidate_branch
from gitreg.workflows.import_mlflow.preparing import Prepared
from gitreg.workflows.import_mlflow.values import Unreadable
from gitreg.workflows.registry import CANDIDATES, Registry

Files = dict[str, ObjectId | None]


def commit_records(
    registry: Registry, batch: Sequence[Prepared], author: Author, where: str, *, replacing: bool
) -> list[tuple[Prepared, Unreadable]]:
    """One commit on the candidate branch with these records; bytes of their artifacts are stored already.

    Args:
        registry: in which.
        batch: the records.
        author: who imports.
        where: the source, for the commit's message.
        replacing: whether a record that is there is replaced; otherwise it stays.

    Returns:
        those that no record can hold.
    """
    refused: list[tuple[Prepared, Unreadable]] = []
    with registry.repository.bulk() as blobs:
        files: dict[str, Files] = {}
        for one in batch:
            try:
                files[layout.path_of(one.record)] = _files(one, blobs)
            except RecordError as error:
                refused.append((one, Unreadable(str(one.record), error.message)))
        if files:
            retrying(lambda: _commit(registry, files, blobs, author, _message(where, len(files)), replacing=replacing), queued=registry.queue)  # fmt: skip
    return refused


def commit_experiments(
    registry: Registry, experiments: Iterable[Experiment], author: Author, where: str
) -> None:
    """One commit with those experiments that have no record yet."""
    made = list(experiments)

    def commit() -> None:
        keep_candidate_branch(registry, author)
        with registry.store.change(
            CANDIDATES, f"Import {len(made)} experiments\n\nfrom {where}\n", author
        ) as change:
            there = set(change.before.files_there(sorted(map(layout.path_of, made))))
            for experiment in made:
                if layout.path_of(experiment) not in there:
                    change.put(experiment)

    if made:
        retrying(commit, queued=registry.queue)


def _commit(
    registry: Registry, files: dict[str, Files], blobs: Bulk, author: Author, message: str, *, replacing: bool
) -> None:
    blobs.store()
    keep_candidate_branch(registry, author)
    with registry.store.change(CANDIDATES, message, author) as change:
        there = set() if replacing else set(change.before.files_there(sorted(files)))
        for record, beside in files.items():
            for path, blob in beside.items() if record not in there else ():
                if blob is None:
                    change.remove(path)
                else:
                    change.put_file(path, blob)


def _files(one: Prepared, blobs: Bulk) -> Files:
    """A record with the manifest and `.dvc` file beside it, or without those of an earlier import."""
    record, folder = one.record, one.folder
    text = write(record)
    manifest, dvc = _beside(one)
    files: Files = {layout.path_of(record): blobs.write(text)}
    files[manifest] = blobs.write(folder.manifest.content()) if folder else None
    files[dvc] = blobs.write(folder.dvc_file(record.id)) if folder else None
    return files


def _beside(one: Prepared) -> tuple[str, str]:
    where = one.record.experiment, one.record.id
    if isinstance(one.record, Candidate):
        return places.candidate_manifest_path(*where), places.candidate_dvc_path(*where)
    return places.logged_model_manifest_path(*where), places.logged_model_dvc_path(*where)


def _message(where: str, count: int) -> str:
    return f"Import {count} record{'s' if count > 1 else ''} of MLflow\n\nfrom {where}\n"
