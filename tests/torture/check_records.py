"""Checks of the candidate branch: all that was acknowledged is there, once, and whole."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator

from acknowledged import Acknowledged
from check_artifacts import content_of
from subject import RECORD, Checked, Subject

CURVES = ".gitreg/curves.csv"


def every_acknowledged_candidate_is_there_once(subject: Subject) -> Checked:
    """No id is lost, none is in two places, and none is told twice."""
    faults = []
    for one in subject.acknowledged:
        count = len(subject.places.get(one.id, []))
        if count != 1:
            faults.append(f"{one.id} was acknowledged and is on the branch {count} times")
    faults += [
        f"{one} is at {' and '.join(paths)}" for one, paths in subject.places.items() if len(paths) > 1
    ]
    told = {one.id for one in subject.acknowledged}
    if subject.exact:
        faults += [
            f"{one} is on the branch and nobody was told so" for one in subject.places if one not in told
        ]
        if len(told) != len(subject.acknowledged):
            faults.append(f"{len(subject.acknowledged) - len(told)} ids were acknowledged twice")
    return Checked("acknowledged candidates on the branch, once", len(subject.acknowledged), faults)


def every_acknowledged_byte_is_there(subject: Subject) -> Checked:
    """Records are byte for byte what was acknowledged, and hold every param, point and artifact that was."""
    faults, count = [], 0
    for one in subject.acknowledged:
        for path in subject.places.get(one.id, [])[:1]:
            found = list(_differences(subject, one, path))
            count += (
                bool(one.record) + len(one.params) + len(one.artifacts) + sum(map(len, one.steps.values()))
            )
            faults += [f"{one.id}: {fault}" for fault in found]
    return Checked("acknowledged digests, params, points and artifacts in the records", count, faults)


def _differences(subject: Subject, one: Acknowledged, path: str) -> Iterator[str]:
    if one.record and hashlib.sha256(subject.files[path]).hexdigest() != one.record:
        yield "its record is not byte for byte what was acknowledged"
    record = subject.records.get(path)
    if record is None:
        return  # named by every_record_is_whole
    params = record.get("params") or {}
    for key, value in one.params.items():
        if params.get(key) != value:
            yield f"param {key} is {params.get(key)!r}, and {value!r} was acknowledged"
    manifest = subject.manifest(path) or {}
    for name, digest in one.artifacts.items():
        if manifest.get(name) != digest:
            yield f"artifact {name} is {manifest.get(name)}, and {digest} was acknowledged"
    for metric, steps in one.steps.items():
        lost = sorted(set(steps) - _steps(subject, path, metric))
        if lost:
            yield f"metric {metric}: {len(lost)} of {len(steps)} acknowledged points are not there, e.g. {lost[0]}"


def _steps(subject: Subject, path: str, metric: str) -> set[int]:
    """The steps of a metric: in the table of curves, or, of a single point, in the record."""
    record = subject.records[path]
    steps = set()
    if metric in (record.get("points") or {}):
        steps.add(int(record["points"][metric][0]))
    if metric in (record.get("curves") or {}):
        table = content_of(subject, path, CURVES) or b""
        steps |= {
            int(row["step"]) for row in csv.DictReader(io.StringIO(table.decode())) if row["metric"] == metric
        }
    return steps


def every_record_is_whole(subject: Subject) -> Checked:
    """Each record parses, is where it says it is, and has its manifest and `.dvc` file exactly if it has artifacts."""
    faults = []
    for path in sorted(path for paths in subject.places.values() for path in paths):
        faults += [f"{path}: {fault}" for fault in _wrong_with(subject, path)]
    known = {path.removesuffix(".yaml") for paths in subject.places.values() for path in paths}
    for path in subject.files:
        stem, _, suffix = path.rpartition(".")
        if suffix in {"sha256", "dvc"} and "/candidates/" in path and stem not in known:
            faults.append(f"{path} belongs to no record")
    return Checked("records whole, with manifest and .dvc file", len(known), faults)


def _wrong_with(subject: Subject, path: str) -> Iterator[str]:
    record, match = subject.records.get(path), RECORD.fullmatch(path)
    assert match is not None
    if record is None or not subject.files[path].endswith(b"\n"):
        yield "it is no whole YAML mapping"
        return
    if (record.get("experiment"), record.get("id")) != (match[1], match[3]) or not match[3].startswith(
        match[2]
    ):
        yield f"it calls itself {record.get('experiment')}/{record.get('id')}"
    if f"experiments/{match[1]}/experiment.yaml" not in subject.files:
        yield "its experiment has no record"
    has = (
        record.get("artifacts") not in {None, "null", ""}
        if not isinstance(record.get("artifacts"), dict)
        else True
    )
    stem = path.removesuffix(".yaml")
    for suffix in (".sha256", ".dvc"):
        if (stem + suffix in subject.files) != has:
            yield f"its {suffix} file is {'missing' if has else 'too much'}"
