"""An open registry: what the command line does, as methods."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self, SupportsFloat

from gitreg.api.candidates import CandidateList
from gitreg.api.process import new_id, now, pacing
from gitreg.artifacts import Source
from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import MetricPoint
from gitreg.domain.experiment import Experiment
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.version import Part, VersionNumber
from gitreg.errors import AnswerIsNoError, UsageError
from gitreg.gitrepo.environment import NO_LAZY_FETCH
from gitreg.index.query.values import Query
from gitreg.store import Author
from gitreg.workflows.candidates.compare import Comparison, compare
from gitreg.workflows.candidates.show_experiment import list_experiments
from gitreg.workflows.proposing.proposals import Proposal
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.publishing.push import Pushed, push
from gitreg.workflows.recording.log_candidate import CODE_PATCH, NewCandidate, log_candidates
from gitreg.workflows.registry import Registry, author_at
from gitreg.workflows.registry import open_registry as open_at
from gitreg.workflows.releasing.plan_release import Scope, carry_out, plan_release
from gitreg.workflows.running.capture import capture_code, capture_data, capture_pipeline, own_environment
from gitreg.workflows.running.run_command import refuse_secrets
from gitreg.workflows.searching.find import find_candidate, find_version
from gitreg.workflows.searching.found_candidates import find_candidates
from gitreg.workflows.verification.pull import pull
from gitreg.workflows.verification.verify import Verdict, VerifyOptions, verify
from gitreg.workflows.verification.verify_deep import verify_deep
from gitreg.workflows.versions import stages
from gitreg.workflows.versions.models import VersionSummary, list_models, show_model
from gitreg.workflows.versions.promote import Promoted, PromoteOptions, promote


class OpenRegistry:
    """A registry. Use it in a `with` block, or close it: it keeps processes of Git.

    Raises, in every method, subclasses of `gitreg.GitregError` that have the exit code and hint of the command line.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the processes; the next call starts them again."""
        self.registry.close()

    @property
    def name(self) -> str:
        """What people call the registry."""
        return self.registry.settings.name

    # Candidates

    def search(  # noqa: PLR0913 - what is asked, by keyword
        self,
        filter: str = "",  # noqa: A002 - the command line's word, and MLflow's
        *,
        experiment: str | Sequence[str] | None = None,
        order_by: str | Sequence[str] = (),
        limit: int | None = None,
        deleted: bool = False,
        drafts: bool = True,
        page: str | None = None,
    ) -> CandidateList:
        """The candidates that meet a filter, newest first.

        Args:
            filter: `metrics.auc > 0.9 and params.lr = '0.1'`, in MLflow's language and more of it (docs/filter.md).
            experiment: its name, or several; every experiment when None.
            order_by: a field such as `metrics.auc` or `created`, or several; a leading `-` orders from high to low, and
                so does `metrics.auc DESC`.
            limit: how many at most; then `next_page()` of what is returned goes on.
            deleted: whether deleted ones are found too.
            drafts: whether those that run on this machine are found too.
            page: the `token` of a list that was cut: go on there. All else must be as it was then.

        Raises:
            UsageError: if the filter or field is none.
            NotFoundError: if there is no such experiment.
        """
        query = Query(
            filter=filter,
            order=(order_by,) if isinstance(order_by, str) else tuple(order_by),
            deleted="too" if deleted else "no",
            drafts=drafts,
            limit=limit,
            token=page,
        )
        names = (experiment,) if isinstance(experiment, str) else tuple(experiment or ())
        return self._search(query, names)

    def _search(self, query: Query, names: Sequence[str]) -> CandidateList:
        def following(token: str) -> CandidateList:
            return self._search(replace(query, token=token), names)

        return CandidateList(find_candidates(self.registry, query, names, now()), following)

    def candidate(self, ref: str) -> Candidate:
        """The candidate that `7f3a`, `churn/best`, `churn/latest` or `churn@1.2.0` names."""
        return find_candidate(self.registry, ref)

    def compare(self, *refs: str, against: str | None = None) -> Comparison:
        """Candidates side by side, what differs first.

        Args:
            refs: 2 to 100 candidates.
            against: what they are compared with, such as `churn@production`; the first of them when None.
        """
        return compare(self.registry, refs, against)

    def log(  # noqa: PLR0913 - what a candidate is, by keyword
        self,
        experiment: str,
        *,
        name: str | None = None,
        params: Mapping[str, object] | None = None,
        metrics: Mapping[str, SupportsFloat] | None = None,
        tags: Mapping[str, object] | None = None,
        artifacts: Sequence[str | os.PathLike[str]] = (),
        data: Sequence[str] = (),
        notes: str = "",
        patch: bool = True,
    ) -> Candidate:
        """One candidate in one go, which is committed when this returns; for a training that runs use `gitreg.start`.

        Args:
            experiment: name of the experiment.
            name: of the candidate; made from its params when None.
            params: the configuration.
            metrics: the last value of each metric.
            tags: words to attach.
            artifacts: files and folders to keep, by their own names.
            data: `path`, `name=path` or URL of each data source.
            notes: what people should know.
            patch: whether uncommitted changes of the code are kept with it.

        Raises:
            UsageError: for what cannot be recorded.
            AnswerIsNoError: if the uncommitted changes hold what looks like a secret.
        """
        folder, environ, moment = Path.cwd(), self.registry.environ, now()
        code = capture_code(folder, environ, ())
        if patch:
            refuse_secrets(code)
        new = NewCandidate(
            id=new_id(),
            experiment=experiment,
            created=moment,
            finished=moment,
            name=name,
            code=code.code,
            data=[capture_data(word, folder) for word in data],
            params=_texts(params),
            metrics=[MetricPoint(key, float(value)) for key, value in (metrics or {}).items()],
            tags=_texts(tags),
            notes=notes,
            environment=own_environment(),
            ci=capture_pipeline(environ),
            artifacts=[Source(folder / path, (folder / path).name) for path in artifacts],
            contents={CODE_PATCH: code.patch} if code.patch and patch else {},
        )
        [candidate] = log_candidates(self.registry, [new], self._author())
        self.registry.repository.tidy()
        return candidate

    def experiments(self) -> list[Experiment]:
        """Every experiment."""
        return list_experiments(self.registry)

    # Models

    def models(self) -> list[Model]:
        """Every accepted model."""
        return list_models(self.registry)

    def versions(self, model: str) -> list[VersionSummary]:
        """A model's accepted versions and where they stand, highest first."""
        return show_model(self.registry, model)[1]

    def version(self, ref: str) -> ModelVersion:
        """The version that `churn@1.2.0`, `churn@production`, `churn@latest` or `churn!1.3.0` names; nothing is verified."""
        return find_version(self.registry, ref)

    def promote(  # noqa: PLR0913 - as the command's options, by keyword
        self,
        ref: str,
        model: str,
        *,
        version: str | None = None,
        bump: Part = "minor",
        artifact: str | None = None,
        stage: str | None = None,
        description: str = "",
        title: str | None = None,
        draft: bool = False,
        offline: bool = False,
    ) -> Promoted:
        """Proposes a candidate as a version of a model.

        Args:
            ref: the candidate.
            model: name of the model.
            version: the version; the next by `bump` when None.
            bump: which part of the highest version goes up.
            artifact: the file or folder that is the model; everything when None.
            stage: a stage that the same proposal puts it into.
            description: what is new in it.
            title: of the merge request, where a forge has one.
            draft: whether that is not to be merged yet.
            offline: do not ask the remote, and send nothing to it.

        Raises:
            GateError: if a gate refuses.
            AlreadyThereError: if the version exists.
        """
        options = PromoteOptions(
            model=model,
            artifact=artifact,
            version=_number(version) if version else None,
            bump=bump,
            stage=stage,
            description=description,
            title=title,
            draft=draft,
            offline=offline,
        )
        return promote(self.registry, ref, options, self._author())

    def assign(self, model: str, version: str | None, stage: str, *, offline: bool = False) -> Proposal:
        """Proposes that a version serves in a stage; None empties the stage."""
        number = _number(version) if version else None
        return stages.assign(self.registry, model, number, stage, self._author(), offline=offline)

    def rollback(self, model: str, stage: str, *, to: str | None = None, offline: bool = False) -> Proposal:
        """Proposes that a stage goes back to the version it had before, or to another one."""
        number = _number(to) if to else None
        return stages.rollback(self.registry, model, stage, number, self._author(), offline=offline)

    def retire(self, model: str, version: str, reason: str, *, offline: bool = False) -> Proposal:
        """Proposes that a version is not used any more."""
        return stages.retire(self.registry, model, _number(version), reason, self._author(), offline=offline)

    def release(
        self,
        model: str | None = None,
        version: str | None = None,
        *,
        merge: bool = False,
        offline: bool = False,
        forge: bool = True,
    ) -> list[str]:
        """Signs what review accepted and no tag covers yet; without asking, for whoever calls this has decided.

        Args:
            model: only of this model.
            version: only this version.
            merge: first merge the open proposals here, in a registry without merge requests.
            offline: do not ask the remote first, nor the forge.
            forge: ask the forge which merge requests brought what is signed; that becomes a part of it.

        Returns:
            the tags' full ref names.

        Raises:
            CredentialsError: if there is no key, or it may not sign this; or the forge refuses to answer.
            AnswerIsNoError: if there is nothing to merge or to sign, or a proposal does not fit any more.
        """
        author, number = self._author(), _number(version) if version else None
        if not offline:
            fetch(self.registry, author)
        scope, ask = Scope(model, number), forge and not offline
        plan = plan_release(self.registry, scope, author, merge=merge, ask=ask)
        if plan.misfits:
            raise plan.misfits[0][1]
        if not plan.proposals and not plan.dues:
            raise AnswerIsNoError("nothing that review accepted waits for a signature", hint="gitreg status")
        return carry_out(self.registry, plan, author)

    # Consumers

    def verify(
        self, ref: str, *, deep: bool = False, anchor: str | os.PathLike[str] | None = None
    ) -> Verdict:
        """Proves that a release is what was reviewed and signed.

        Args:
            ref: `churn@1.2.0`, `churn@production`, `churn@latest`, or a tag's name.
            deep: prove every byte in the storage too.
            anchor: the file that holds the trust anchor; the one that is pinned in this clone when None.

        Raises:
            VerificationError: refused; `step` says where.
        """
        options = self._verification(anchor, deep=deep)
        with self._distrusted() as registry:
            return (verify_deep if deep else verify)(registry, ref, options, now=now())

    def pull(
        self, ref: str, folder: str | os.PathLike[str], *, anchor: str | os.PathLike[str] | None = None
    ) -> Verdict:
        """Brings exactly the verified files of a version into a folder that is absent or empty.

        Raises:
            VerificationError: refused; then nothing is in the folder.
        """
        with self._distrusted() as registry:
            return pull(registry, ref, Path.cwd() / folder, self._verification(anchor), now=now())

    # Sharing

    def push(self) -> Pushed:
        """Publishes artifacts, then candidates."""
        pushed = push(self.registry, self._author(), pacing())
        self.registry.repository.tidy()
        return pushed

    def fetch(self) -> None:
        """Brings new candidates, proposals and releases."""
        fetch(self.registry, self._author())
        self.registry.repository.tidy()

    @contextmanager
    def _distrusted(self) -> Iterator[Registry]:
        """The same registry, opened so that Git runs nothing which the clone configures."""
        repository = self.registry.repository
        environ = {**self.registry.environ, **NO_LAZY_FETCH}
        registry = open_at(repository.work_tree or repository.git_dir, environ)
        try:
            yield registry
        finally:
            registry.close()

    def _author(self) -> Author:
        return author_at(self.registry, now())

    def _verification(self, anchor: str | os.PathLike[str] | None, *, deep: bool = False) -> VerifyOptions:
        place = Path.cwd() / anchor if anchor is not None else None
        return VerifyOptions(deep=deep, anchor=place, ci=bool(self.registry.environ.get("CI")))


def open_registry(path: str | os.PathLike[str] | None = None) -> OpenRegistry:
    """Opens a registry.

    Args:
        path: a folder in it; `GITREG_REGISTRY`, or the one around the current folder, when None.

    Raises:
        NotFoundError: if there is none.
        UsageError: for a URL: clone it, and open the clone.
    """
    named = os.fspath(path) if path is not None else os.environ.get("GITREG_REGISTRY") or "."
    if "://" in named:
        raise UsageError("a registry is opened by its path, not by a URL yet", hint=f"git clone {named}")
    return OpenRegistry(open_at(Path(named).expanduser().absolute(), dict(os.environ)))


def _texts(values: Mapping[str, object] | None) -> dict[str, str]:
    return {key: str(value) for key, value in (values or {}).items()}


def _number(text: str) -> VersionNumber:
    try:
        return VersionNumber.parse(text)
    except ValueError as error:
        raise UsageError(str(error)) from error
