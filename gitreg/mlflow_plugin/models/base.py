"""What every part of the model registry store starts from: the registry, and what was read of it."""

from __future__ import annotations

import os
import time
from random import SystemRandom

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED

from gitreg.domain.fitted import kept_name
from gitreg.domain.model import Model
from gitreg.errors import GitregError
from gitreg.mlflow_plugin.addresses import version_artifacts
from gitreg.mlflow_plugin.faults import missing
from gitreg.mlflow_plugin.models.entities import Telling
from gitreg.mlflow_plugin.models.untyped import (
    require_model_name,
    version_number,
)
from gitreg.mlflow_plugin.opening import author, opened
from gitreg.mlflow_plugin.uris import is_ours
from gitreg.store import Author
from gitreg.workflows.pacing import Pacing
from gitreg.workflows.proposing.forges import find_forge
from gitreg.workflows.proposing.proposals import Proposal
from gitreg.workflows.proposing.told_requests import told_request
from gitreg.workflows.registry import Registry
from gitreg.workflows.versions.edit_registered import Deciding, edit_registered
from gitreg.workflows.versions.registered import RegisteredModel, RegisteredVersion, Shelves, find_registered

SERVER_ROOT, SERVED = "_MLFLOW_SERVER_ARTIFACT_ROOT", "_MLFLOW_SERVER_ARTIFACT_DESTINATION"
"""By which `mlflow server` tells its processes the default artifact root, and what its proxy serves (mlflow.server)."""
PROXY = "mlflow-artifacts:"


class Base:
    """A store of one registry. What it remembers is named by content, so that it is as true for another process.

    Args:
        store_uri: the registry's.
        tracking_uri: MLflow's tracking URI, if it is another one.
    """

    def __init__(self, store_uri: str, tracking_uri: str | None = None) -> None:
        super().__init__()
        self.store_uri = store_uri
        self.tracking_uri = tracking_uri or store_uri
        self._shelves = Shelves()

    @property
    def _registry(self) -> Registry:
        return opened(self.store_uri)

    def _author(self) -> Author:
        return author(self._registry)

    @staticmethod
    def _pacing() -> Pacing:
        return Pacing(SystemRandom(), time.sleep)

    def _found(self, name: str) -> RegisteredModel:
        """The model of that name.

        Raises:
            MlflowException: if there is none, or nothing can be called so.
        """
        require_model_name(name)
        found = find_registered(self._registry, kept_name(name), self._shelves)
        if found is None:
            raise missing(f"Registered Model with name={name} not found")
        return found

    def _version(self, name: str, version: int | str) -> tuple[RegisteredModel, RegisteredVersion]:
        """The version of that number, and its model.

        Raises:
            MlflowException: if there is none.
        """
        number = version_number(version)
        model = self._found(name)
        found = model.versions.get(number)
        if found is None:
            raise missing(f"Model Version (name={name}, version={version}) not found")
        return model, found

    def _edit(self, model: Model, decide: Deciding, message: str) -> Proposal | None:
        return edit_registered(self._registry, model.slug, decide, message, self._author())

    def _edit_names(self, model: Model, decide: Deciding, message: str, what: str) -> None:
        """Changes what is called how, or is there: where registering proposes, that is nobody's word but review's.

        Raises:
            MlflowException: if it waits for that.
        """
        proposal = self._edit(model, decide, message)
        if proposal is not None:
            raise by_review(f"{what} is decided by review", proposal)

    def _telling(self, model: RegisteredModel) -> Telling:
        """How versions of a model are told to MLflow."""
        tags = self._registry.repository.config("gitreg.stateTags") != "false"
        return Telling(model.model, self._download_uri, self._url, has_state=tags)

    def _download_uri(self, version: RegisteredVersion) -> str:
        """Where a version's artifacts are: here where the registry holds them, else where it was told that they are."""
        record = version.record
        if record.artifacts is None:
            return record.location or record.source
        return version_artifacts(_root(self.store_uri), record.model, record.version)

    def _url(self, branch: str) -> str | None:
        """Where people see a proposal's merge request, or all of its branch, as far as that is known without asking anybody."""
        registry = self._registry
        try:
            return told_request(registry, f"refs/heads/{branch}") or find_forge(registry).requests_url(branch)
        except GitregError:
            return None


def by_review(what: str, proposal: Proposal) -> MlflowException:
    """The refusal of what is proposed instead, with where that is seen."""
    where = f"see {proposal.url}" if proposal.url else f"it is proposed as {proposal.name}"
    return MlflowException(f"{what}: {where}", PERMISSION_DENIED)


def _root(store_uri: str) -> str:
    """Below what this registry's artifacts are found: a server's proxy where that serves them, else the registry."""
    root, served = os.environ.get(SERVER_ROOT) or "", os.environ.get(SERVED) or ""
    is_proxied = root.startswith(PROXY) and is_ours(served)
    return root if is_proxied or is_ours(root) else store_uri
