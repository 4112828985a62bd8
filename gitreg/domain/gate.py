"""Gates as they are configured, and what came of them. The rules themselves are in gitreg.gates."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from gitreg.domain.names import Key, Name, StageName, Text
from gitreg.domain.record import Count, Number, Value


class ThresholdGate(Value):
    """A metric must reach a value."""

    kind: Literal["threshold"]
    metric: Key = Field(description="The metric's name.")
    at_least: float | None = Field(None, description="The smallest value that passes.")
    at_most: float | None = Field(None, description="The largest value that passes.")

    @model_validator(mode="after")
    def _some_bound(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("a threshold needs at_least or at_most")
        return self


class NoRegressionGate(Value):
    """A metric must not be worse than that of the version in a stage, measured on the same data."""

    kind: Literal["no-regression"]
    metric: Key = Field(description="The metric's name.")
    against: StageName = Field(description="The stage whose version is the measure.")
    tolerance: float = Field(0.0, ge=0, description="How much worse is still accepted.")
    goal: Literal["maximize", "minimize"] | None = Field(
        None, description="Which direction is better; as the experiment says unless given."
    )
    data: list[Name] = Field(
        default=[],
        description="Names or contexts of the data that it was measured on; the evaluation data unless given.",
    )
    same_data: bool = Field(True, description="Whether that data must have the same digests in both.")


RequiredField = Literal[
    "description", "notes", "code", "data", "environment", "ci", "model-description", "owners"
]


class RequiredGate(Value):
    """What must have been written down."""

    kind: Literal["required"]
    fields: list[RequiredField] = Field(
        default=[],
        description="Of the candidate: notes, code, data, environment, ci; of the version: description; of the model: "
        "model-description, owners.",
    )
    tags: list[Key] = Field(default=[], description="The candidate's tags that must be there.")
    params: list[Key] = Field(default=[], description="The params that must be there.")
    metrics: list[Key] = Field(default=[], description="The metrics that must be there.")
    sections: list[Name] = Field(
        default=[], description="Headings in the version's README.md that must have text below them."
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.fields or self.tags or self.params or self.metrics or self.sections):
            raise ValueError("required needs fields, tags, params, metrics or sections")
        return self


class CleanCodeGate(Value):
    """The code must be a commit that others have, on a branch that was accepted, and nothing else."""

    kind: Literal["clean-code"]
    branches: list[Text] = Field(
        default=[],
        description="Branches, * for any part of a name, one of which must hold the commit; the accepted branch unless given.",
    )
    repository: Text | None = Field(
        None,
        description="URL of the code's repository where it is not the registry's own; then the record is taken at its word.",
    )


class DataGate(Value):
    """Every data source must have been recorded with the digest of its content."""

    kind: Literal["data"]
    sources: list[Name] = Field(
        default=[], description="Names or contexts of data that must be there; any data unless given."
    )


FormatName = Literal[
    "any", "arrow", "bzip2", "catboost", "executable", "gguf", "gzip", "hdf5", "jpeg", "json", "keras", "lz4",
    "lzma", "npy", "npz", "onnx", "parquet", "pickle", "png", "safetensors", "script", "tar", "text", "tflite", "ubj",
    "unknown", "xz", "zip", "zlib", "zstd", "7z",
]  # fmt: skip
DATA_FORMATS: tuple[FormatName, ...] = (
    "arrow", "gguf", "jpeg", "json", "npy", "npz", "onnx", "parquet", "png", "safetensors", "text", "ubj",
)  # fmt: skip
"""What is data to every program that reads it: loading it runs nothing that came with it."""


class FormatsGate(Value):
    """Every file must be of an allowed format, by its content; a model's own gate stands in the place of the registry's."""

    kind: Literal["formats"]
    allow: list[FormatName] = Field(
        default=list(DATA_FORMATS),
        min_length=1,
        description="Formats that a file may be taken for; those that are only data unless given. `any` allows all.",
    )
    scan: list[Literal["picklescan", "fickling"]] = Field(
        default=[], description="Scanners that must find nothing in what is a pickle."
    )


class SizeGate(Value):
    """The model must not be larger."""

    kind: Literal["size"]
    max_bytes: Count | None = Field(None, description="Most bytes of all files together.")
    max_files: Count | None = Field(None, description="Most files.")

    @model_validator(mode="after")
    def _some_bound(self) -> Self:
        if self.max_bytes is None and self.max_files is None:
            raise ValueError("a size needs max_bytes or max_files")
        return self


class OnceGate(Value):
    """The candidate must be finished, not deleted, and not a version of this model already; asked of every promotion."""

    kind: Literal["once"]


class LicenceGate(Value):
    """Every data source must have an allowed licence."""

    kind: Literal["licence"]
    allow: list[Name] = Field(
        min_length=1, description="Licences, as SPDX identifiers; upper and lower case are the same."
    )


class ApprovalsGate(Value):
    """People other than the author must have approved the proposal before it is released."""

    kind: Literal["approvals"]
    at_least: Number = Field(description="How many approvals; the author's own does not count.")


Gate = Annotated[
    ThresholdGate
    | NoRegressionGate
    | RequiredGate
    | CleanCodeGate
    | DataGate
    | FormatsGate
    | SizeGate
    | OnceGate
    | LicenceGate
    | ApprovalsGate,
    Field(discriminator="kind"),
]
GATES: tuple[type[Value], ...] = get_args(get_args(Gate)[0])
"""Every kind of gate, in the order in which they are explained."""


class GateResult(Value):
    """What a gate said when a version was proposed."""

    kind: Text = Field(description="The gate's kind.")
    result: Literal["passed", "failed", "skipped"] = Field(
        description="What it said; skipped when there was nothing to compare with."
    )
    detail: Text = Field(description="The values it looked at.")
