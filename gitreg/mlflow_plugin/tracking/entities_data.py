"""Data that runs used, between MLflow's dataset inputs and a candidate's data sources.

MLflow says more of data than a record needs: how it is read, its columns, figures about it. That is kept as the text it is,
but for what would make a record too large to be read: a profile or a list of columns of many thousand characters is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from mlflow.entities import Dataset, DatasetInput, InputTag
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

from gitreg.domain.candidate import DataSource
from gitreg.domain.fitted import described_place, kept_description, kept_key, kept_name, kept_text


def data_source(given: DatasetInput) -> DataSource:
    """What a record keeps of an input."""
    dataset = given.dataset
    tags = {kept_key(tag.key): kept_text(tag.value) for tag in given.tags or ()}
    context = tags.get(MLFLOW_DATASET_CONTEXT, "")
    name = kept_name(dataset.name)
    return DataSource(
        name=name,
        uri=described_place(dataset.source) or name,
        context=context,
        kind=kept_text(dataset.source_type),
        source=kept_text(dataset.source),
        fingerprint=kept_text(dataset.digest),
        columns=kept_description(dataset.schema),
        profile=kept_description(dataset.profile),
        tags={key: value for key, value in tags.items() if (key, value) != (MLFLOW_DATASET_CONTEXT, context)},
    )


def dataset_input(data: DataSource) -> DatasetInput:
    """An input in MLflow's words; one that MLflow did not log is told by its place and digest."""
    return input_of(data.model_dump(mode="json"))


def input_of(data: Mapping[str, object]) -> DatasetInput:
    """The same of a data source's values, which may lack those that say nothing."""

    def text(key: str) -> str:
        return str(data.get(key) or "")

    tags = data.get("tags")
    words = dict(tags) if isinstance(tags, Mapping) else {}
    context = {MLFLOW_DATASET_CONTEXT: text("context")} if text("context") else {}
    dataset = Dataset(
        name=text("name"),
        digest=text("fingerprint") or text("digest").rpartition(":")[2][:36],
        source_type=text("kind") or "local",
        source=text("source") or json.dumps({"uri": text("uri")}),
        schema=text("columns") or None,
        profile=text("profile") or None,
    )
    return DatasetInput(dataset, [InputTag(key, str(value)) for key, value in {**words, **context}.items()])


def inputs_of(data: Iterable[DataSource]) -> list[DatasetInput]:
    """Every input of a record."""
    return [dataset_input(one) for one in data]
