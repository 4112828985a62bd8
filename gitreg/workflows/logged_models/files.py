"""Files of logged models: each act keeps the bytes first, and is one commit of record, manifest and `.dvc` file then."""

from __future__ import annotations

from collections.abc import Sequence

from gitreg.artifacts import SILENT, Progress, Source, StoredFolder
from gitreg.documents import places
from gitreg.documents.conflicts import naming_files
from gitreg.documents.merging_files import file_conflicts
from gitreg.documents.reader import read
from gitreg.domain.digest import Digest
from gitreg.domain.logged_model import LoggedModel
from gitreg.errors import AnswerIsNoError, ConflictError, NotFoundError
from gitreg.store import MANIFEST_LIMIT, Author, Change, Snapshot, retrying
from gitreg.workflows.candidate_branch import keep_candidate_branch
from gitreg.workflows.contents.add_files import ListedFolder, NewFiles, add_files
from gitreg.workflows.contents.apart import unite_before_change
from gitreg.workflows.logged_models.places import logged_model_place
from gitreg.workflows.logged_models.records import Changes, edit_in
from gitreg.workflows.recording.log_candidate import summary_of
from gitreg.workflows.registry import CANDIDATES, Registry


def add_model_files(
    registry: Registry, model: str, sources: Sequence[Source], author: Author, *, progress: Progress = SILENT
) -> LoggedModel:
    """Keeps files and folders, as they are now, as what a logged model holds; a new one replaces one of its name.

    Raises:
        NotFoundError: if there is no such logged model, or nothing at a path.
        UsageError: for what cannot be stored; then nothing is.
    """
    return _change_files(registry, model, NewFiles(sources=sources), author, progress)


def remove_model_files(registry: Registry, model: str, path: str, author: Author) -> LoggedModel:
    """Takes a file, or a folder with all in it, from what a logged model holds; an empty path stands for everything.

    Raises:
        NotFoundError: if there is no such logged model.
    """
    return _change_files(registry, model, NewFiles(removed=[path]), author, SILENT)


def listed_model_files(snapshot: Snapshot, model: LoggedModel) -> ListedFolder | None:
    """What a logged model holds, as its committed files list it; None when it holds nothing.

    Raises:
        AnswerIsNoError: if these files are not those that the record names.
    """
    if model.artifacts is None:
        return None
    path = places.logged_model_manifest_path(model.experiment, model.id)
    manifest = snapshot.file(path, limit=MANIFEST_LIMIT)
    pointer = snapshot.file(places.logged_model_dvc_path(model.experiment, model.id))
    if manifest is None or pointer is None or Digest.of(manifest) != model.artifacts.manifest:
        raise AnswerIsNoError(
            f"{path} is not the manifest that {model} names",
            hint=f"git log {places.CANDIDATES_BRANCH} -- {path}",
        )
    return ListedFolder(manifest, pointer, model.artifacts.size)


def _change_files(
    registry: Registry, model: str, new: NewFiles, author: Author, progress: Progress
) -> LoggedModel:
    made: dict[Digest | None, StoredFolder | None] = {}

    def commit() -> LoggedModel:
        keep_candidate_branch(registry, author)
        message = f"Change files of logged model {model[:8]}\n"
        with registry.store.change(CANDIDATES, message, author) as change:
            path, before = _before(change, model)
            if unite_before_change(registry, path, change.before.file(path) or b"", author):
                raise ConflictError(f"{path} was changed: the files of its sides are united")
            listed = listed_model_files(change.before, before)
            known = listed.digest if listed else None
            if known not in made:  # else somebody was faster, elsewhere: nothing is read again
                made[known] = add_files(registry, listed, new, progress=progress)
            return _put(change, path, before, made[known])

    return retrying(commit, queued=registry.queue)


def _before(change: Change, model: str) -> tuple[str, LoggedModel]:
    path = logged_model_place(change.before, model)
    text = change.before.file(path) if path else None
    if path is None or text is None:
        raise NotFoundError(f"the logged model {model[:32]} was not found")
    return path, read(text, LoggedModel, path)


def _put(change: Change, path: str, before: LoggedModel, folder: StoredFolder | None) -> LoggedModel:
    place = before.experiment, before.id
    manifest, pointer = places.logged_model_manifest_path(*place), places.logged_model_dvc_path(*place)
    if folder is None:
        for one in change.before.files_there(sorted([manifest, pointer])):
            change.remove(one)
        nothing: Changes = {("artifacts",): None, ("extra",): naming_files(before.extra, {})}
        return edit_in(change, path, lambda _: nothing)
    change.put_file(manifest, folder.manifest.content())
    change.put_file(pointer, folder.dvc_file(before.id))
    summary = summary_of(folder)
    decided: Changes = {
        ("artifacts",): {"files": summary.files, "size": summary.size, "manifest": str(summary.manifest)},
        ("extra",): naming_files(before.extra, file_conflicts(folder.manifest)),
    }
    return edit_in(change, path, lambda _: decided)
