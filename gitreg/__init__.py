"""gitreg: a GitOps registry for machine-learning models.

with gitreg.start("churn", params={"lr": 0.1}) as candidate:
    candidate.log_metric("auc", 0.93, step=1)
    candidate.log_artifact("model.pkl")

Importing this loads nothing of weight: each name is loaded from its module when it is first asked for
(docs/adr/0005-lazy-names.md).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gitreg.api.active import ActiveCandidate, GitregWarning, start
    from gitreg.api.candidates import CandidateList
    from gitreg.api.registry import OpenRegistry, open_registry
    from gitreg.domain.candidate import Candidate
    from gitreg.domain.experiment import Experiment
    from gitreg.domain.model import Model, ModelVersion
    from gitreg.domain.version import VersionNumber
    from gitreg.errors import (
        AlreadyThereError,
        AmbiguousError,
        AnswerIsNoError,
        ConflictError,
        CredentialsError,
        GateError,
        GitregError,
        NotFoundError,
        RecordError,
        RemoteError,
        UsageError,
        VerificationError,
    )

__version__ = "0.1.0"
__all__ = [
    "ActiveCandidate",
    "AlreadyThereError",
    "AmbiguousError",
    "AnswerIsNoError",
    "Candidate",
    "CandidateList",
    "ConflictError",
    "CredentialsError",
    "Experiment",
    "GateError",
    "GitregError",
    "GitregWarning",
    "Model",
    "ModelVersion",
    "NotFoundError",
    "OpenRegistry",
    "RecordError",
    "RemoteError",
    "UsageError",
    "VerificationError",
    "VersionNumber",
    "open_registry",
    "start",
]

_MODULES = {
    "gitreg.api.active": ("ActiveCandidate", "GitregWarning", "start"),
    "gitreg.api.candidates": ("CandidateList",),
    "gitreg.api.registry": ("OpenRegistry", "open_registry"),
    "gitreg.domain.candidate": ("Candidate",),
    "gitreg.domain.experiment": ("Experiment",),
    "gitreg.domain.model": ("Model", "ModelVersion"),
    "gitreg.domain.version": ("VersionNumber",),
}
_PLACES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type of each name is in the imports for type checkers
    """The object called `name`, from its module (PEP 562)."""
    module = _PLACES.get(name) or ("gitreg.errors" if name in __all__ else None)
    if module is None:
        raise AttributeError(f"module 'gitreg' has no attribute {name!r}")
    found = getattr(importlib.import_module(module), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
