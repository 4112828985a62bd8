"""Records of every kind, with everything in them that a reader of YAML could take for something else."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

from hypothesis import strategies as st

from gitreg.domain.candidate import (
    ArtifactSummary,
    Candidate,
    Code,
    Curve,
    DataSource,
    Environment,
    ModelLink,
    Pipeline,
)
from gitreg.domain.digest import Digest
from gitreg.domain.experiment import Experiment, MetricRule
from gitreg.domain.gate import (
    ApprovalsGate,
    CleanCodeGate,
    DataGate,
    FormatsGate,
    GateResult,
    LicenceGate,
    NoRegressionGate,
    OnceGate,
    RequiredGate,
    SizeGate,
    ThresholdGate,
)
from gitreg.domain.logged_model import LoggedModel, ModelMetric
from gitreg.domain.model import Annotation, CandidateSource, Model, ModelVersion
from gitreg.domain.record import MAX_INTEGER, Person
from gitreg.domain.registry import ForgeSettings, RegistrySettings
from gitreg.domain.trust import Anchor, FormerEntry, Permission, Role, Roles, Root, SignerEntry
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import WINDOWS_DEVICES, alias, display_name, text

HOSTILE = [
    "no", "No", "NO", "yes", "on", "Off", "y", "N", "true", "False", "null", "NULL", "~", "1e-4", "1E5", "012", "0o17", "08", "1.10",
    "1:30", "1:30:59.5", "-1:30", "0x1F", "0b11", "12e345", "1_000", "+1", "-0", ".5", "5.", "1.", ".", "..", "...", "-", "--", "---", "--- a",
    "=", "<<", "- a", "-a", "--lr", "? a", "?", ":", ":a", "a:", "a: b", "a :b", "# c", "a # c", "a#c", "#", ".inf", "-.INF", ".nan", ".NaN",
    "+.inf", "inf", "nan", "2026-01-02", "2026-1-2", "2026-01-02T03:04:05Z", "2026-01-02 03:04:05", "190:20:30", "@a", "`a", "%a", "%YAML 1.1",
    "!a", "!!str a", "&a", "*a", "|", ">", "'a'", '"a"', "it's", 'say "x"', "back\\slash", "[a]", "a]", "{a}", "a, b", "a,b", "[", "]", "{", "}", ",",
    "é", "日本", "🎉", "a🎉", "a\u00a0b", "\u00ad", "\u200b", "👩\u200d🔬", "0.1e", "e5", "1e", "0x", "0o", "_", "1__2", "_1", "sha256:abc", "C:\\x",
    "http://a/b#c", "a  b", "key: [a, b]", "0.", "1.2.3", "1.2.", "Null", "=a", "<", ">a", "1,000", "1 000", "é: x", "\\n", "\\", "'", '"', "''", '""',
]  # fmt: skip
LINES = [
    "", " ", " a", "a ", "\ta", "a\t", "a\tb", "\n", "\n\n", "a\n", "a\n\n", "\na", "a\nb", "a\nb\n", " a\nb", "a\n b", "a\n\nb", "a \nb",
    "a\n\tb", "a\n- b", "# a\nb", "a: b\nc: d\n", "---\na", "a\n...\n", "|\na", "a\n  ", "a\n \nb", "%a\nb", "<<<<<<< x\na\n=======\nb\n>>>>>>> y",
    "x" * 1001, "x y " * 400 + "x", "'" * 1001, "\\" * 30 + "\n",
]  # fmt: skip


def _accepted(check, value):
    try:
        check(value)
    except ValueError:
        return False
    return True


characters = st.characters(exclude_categories=("Cs",))
texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.sampled_from(LINES),
    st.text(st.sampled_from(" \n\t:#-'\"\\,[]{}&*!|>%@`~=<?.0123456789eExX_abnoyNULl/é🎉"), max_size=12),
    st.text(characters, max_size=20),
).filter(lambda value: _accepted(text, value))
names = (
    texts.map(lambda value: unicodedata.normalize("NFC", value.strip())[:200].strip())
    .filter(lambda value: _accepted(display_name, value))
)  # fmt: skip
keys = names
slugs = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True).filter(
    lambda s: not WINDOWS_DEVICES.fullmatch(s)
)
slugs = slugs | st.sampled_from(["no", "1e5", "0x1f", "123", "1_0", "null", "y", "12e345"])
stages = st.sampled_from(["staging", "production", "no", "on", "y", "off", "true", "null", "by", "threshold"])
ids = st.text("0123456789abcdef", min_size=32, max_size=32) | st.sampled_from(
    ["0" * 32, "1e" + "3" * 30, "7" * 32]
)
floats = st.floats() | st.sampled_from([1e-5, 1e16, 1e22, -0.0, 0.0, 1.0, 5e-324, 1.7976931348623157e308])
integers = st.integers(-MAX_INTEGER, MAX_INTEGER)
counts = st.integers(0, MAX_INTEGER)
numbers = st.integers(1, MAX_INTEGER)
times = st.datetimes(timezones=st.just(UTC)) | st.just(datetime(1, 1, 1, tzinfo=UTC))
sha256s = st.binary(max_size=8).map(Digest.of)
digests = (
    sha256s | st.just(Digest.parse("md5:" + "0" * 32)) | st.just(Digest.parse("md5:" + "ab" * 16 + ".dir"))
)
versions = st.builds(
    VersionNumber,
    st.integers(0, 999),
    st.integers(0, 999),
    st.integers(0, 99),
    st.sampled_from(["", "rc.1", "0", "a-b"]),
)
uuids = st.uuids().map(str)
persons = st.builds(Person, name=names, email=names)
tags = st.dictionaries(keys, texts, max_size=3)
extras = st.dictionaries(
    keys,
    st.recursive(texts, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2), max_leaves=5),
    max_size=2,
)  # fmt: skip


def maybe(strategy):
    return st.none() | strategy


def few(strategy):
    return st.lists(strategy, max_size=2)


def sparse(strategy):
    """Values of a field that most records leave out."""
    return st.just("") | strategy


def by(key, value, size=3):
    return st.dictionaries(key, value, max_size=size)


summaries = st.builds(ArtifactSummary, files=counts, size=counts, manifest=sha256s)
codes = st.builds(
    Code, repository=maybe(texts), commit=maybe(st.sampled_from(["1" * 40, "a" * 40, "1e" + "2" * 38])), branch=maybe(texts),
    dirty=st.booleans(), command=few(texts),
)  # fmt: skip
sources = st.builds(
    DataSource, name=names, uri=texts, digest=maybe(digests), context=texts, licence=maybe(texts), kind=sparse(texts),
    source=sparse(texts), fingerprint=sparse(texts), columns=sparse(texts), profile=sparse(texts), tags=st.just({}) | tags,
)  # fmt: skip
links = st.builds(ModelLink, id=ids, role=st.sampled_from(["input", "output"]), step=integers)
curves = st.builds(Curve, points=numbers, min=floats, max=floats)
pipelines = st.builds(Pipeline, provider=texts, project=maybe(texts), pipeline=maybe(texts), job=maybe(texts))
environments = st.builds(Environment, python=texts, platform=texts, packages=maybe(digests))


@st.composite
def candidates(draw):
    metrics = draw(by(keys, floats))
    known = st.sampled_from(sorted(metrics)) if metrics else st.nothing()
    return draw(
        st.builds(
            Candidate, id=ids, experiment=slugs, name=names,
            status=st.sampled_from(["running", "scheduled", "finished", "failed", "killed"]),
            created=times, finished=maybe(times), author=persons, parent=maybe(ids), code=codes, data=few(sources),
            params=by(keys, texts), metrics=st.just(metrics), points=by(known, st.tuples(integers, maybe(times))) if metrics else st.just({}),
            curves=by(known, curves) if metrics else st.just({}), tags=tags, notes=texts, environment=maybe(environments),
            ci=maybe(pipelines), artifacts=maybe(summaries), deleted=maybe(times), extra=extras, user=sparse(texts), models=few(links),
        )
    )  # fmt: skip


@st.composite
def experiments(draw):
    rules = draw(by(keys, st.builds(MetricRule, goal=st.sampled_from(["maximize", "minimize"]), unit=texts)))
    return draw(
        st.builds(
            Experiment, slug=slugs, name=names, number=st.just("0") | st.just("123456789012345678"), description=texts,
            metrics=st.just(rules), tags=tags, deleted=maybe(times), created=maybe(times), updated=maybe(times),
            artifact_location=sparse(texts), extra=extras,
        )
    )  # fmt: skip


measurements = st.builds(
    ModelMetric,
    key=keys,
    value=floats,
    step=integers,
    time=times,
    candidate=ids,
    data=texts,
    fingerprint=texts,
)
logged_models = st.builds(
    LoggedModel, id=ids, experiment=slugs, name=names, type=texts, status=st.sampled_from(["pending", "ready", "failed", "unspecified"]),
    message=texts, created=times, updated=times, author=persons, candidate=maybe(ids), params=by(keys, texts), metrics=few(measurements),
    tags=tags, artifacts=maybe(summaries), deleted=maybe(times), extra=extras,
)  # fmt: skip


tolerances = st.floats(min_value=0, allow_nan=False)
common_gates = st.one_of(
    st.builds(ThresholdGate, kind=st.just("threshold"), metric=keys, at_least=floats, at_most=maybe(floats)),
    st.builds(
        NoRegressionGate, kind=st.just("no-regression"), metric=keys, against=stages, tolerance=tolerances,
        goal=st.sampled_from([None, "maximize", "minimize"]), same_data=st.booleans(),
    ),
)  # fmt: skip
gates = st.one_of(
    common_gates,
    st.builds(
        NoRegressionGate, kind=st.just("no-regression"), metric=keys, against=stages, data=few(names)
    ),
    st.builds(RequiredGate, kind=st.just("required"), fields=st.just(["notes", "owners"]), tags=few(keys), sections=few(names)),
    st.builds(CleanCodeGate, kind=st.just("clean-code"), branches=few(texts), repository=maybe(texts)),
    st.builds(DataGate, kind=st.just("data"), sources=few(names)),
    st.builds(FormatsGate, kind=st.just("formats"), scan=st.sampled_from([[], ["picklescan", "fickling"]])),
    st.builds(SizeGate, kind=st.just("size"), max_bytes=numbers, max_files=maybe(numbers)),
    st.just(OnceGate(kind="once")),
    st.builds(LicenceGate, kind=st.just("licence"), allow=st.lists(names, min_size=1, max_size=3)),
    st.builds(ApprovalsGate, kind=st.just("approvals"), at_least=numbers),
)  # fmt: skip
results = st.builds(
    GateResult, kind=texts, result=st.sampled_from(["passed", "failed", "skipped"]), detail=texts
)
aliases = st.from_regex(r"[A-Za-z0-9_.-]{1,20}", fullmatch=True) | st.sampled_from(
    ["no", "1e5", "1.0", "Champion", "null"]
)
aliases = aliases.filter(lambda name: _accepted(alias, name))
annotations = st.builds(
    Annotation,
    description=maybe(texts),
    tags=by(keys, maybe(texts)),
    stage=texts,
    updated=maybe(times),
    deleted=maybe(times),
)
models = st.builds(
    Model, slug=slugs, name=names, description=texts, owners=few(names), tags=tags, gates=few(gates),
    stages=by(stages, versions), retired=by(versions, texts), deleted=maybe(times), extra=extras,
    created=maybe(times), updated=maybe(times), aliases=by(aliases, versions), annotations=by(versions, annotations, 2),
)  # fmt: skip
origins = st.builds(CandidateSource, experiment=slugs, id=ids, record=sha256s)
model_versions = st.builds(
    ModelVersion, model=slugs, version=versions, number=numbers, created=times, author=persons,
    candidate=maybe(origins), artifacts=maybe(summaries), gates=few(results),
    description=texts, tags=tags, extra=extras, source=sparse(texts), run=sparse(texts), run_link=sparse(texts), logged_model=maybe(ids), location=sparse(texts),
)  # fmt: skip
promoted_versions = st.builds(
    lambda version, origin, summary: version.model_copy(update={"candidate": origin, "artifacts": summary}), model_versions, origins, summaries
)  # fmt: skip
branches = st.sampled_from(["main", "no", "1.0", "a/b"])
forge_urls = st.sampled_from(["https://gitlab.example.com", "http://[::1]:8080/git", "https://h/a/b"])
projects = st.sampled_from(["a/b", "group/sub/name", "0x1f/1.0"])
registries = st.builds(
    RegistrySettings, id=uuids, name=names, accepted_branch=branches,
    storage=st.sampled_from(["store", "0x1f", "no"]), stages=few(stages), gates=few(gates),
    forge=maybe(st.builds(ForgeSettings, kind=st.sampled_from(["local", "gitlab"]), url=maybe(forge_urls), project=maybe(projects))),
    registration=st.sampled_from(["direct", "proposal"]),
)  # fmt: skip
files = st.fixed_dictionaries(dict.fromkeys(["allowed_signers", "revoked_keys", "roles.yaml"], sha256s))
key_maps = st.dictionaries(slugs, texts, min_size=1, max_size=3).filter(
    lambda keys: len(set(keys.values())) == len(keys)
)
roots = st.builds(Root, registry=uuids, version=numbers, keys=key_maps, threshold=st.just(1), files=files,
    accepted_branch=branches)  # fmt: skip
anchors = st.builds(Anchor, registry=uuids, keys=key_maps, threshold=st.just(1), root_version=numbers, accepted_branch=branches,
    storage=few(texts))  # fmt: skip


@st.composite
def roles(draw):
    people = draw(
        st.dictionaries(
            slugs, st.builds(SignerEntry, principal=names, machine=st.booleans()), min_size=1, max_size=3
        )
    )
    permissions = st.builds(
        Permission, by=st.lists(st.sampled_from(sorted(people)), min_size=1, max_size=2), threshold=st.just(1)
    )
    role = st.builds(
        Role,
        release=permissions,
        assign=permissions | st.dictionaries(stages, permissions, max_size=2),
        formats=few(texts),
    )
    return Roles(
        people=people,
        former=draw(
            by(slugs, st.builds(FormerEntry, key=texts, until_root=numbers)).filter(
                lambda former: len({one.key for one in former.values()}) == len(former)
            )
        ),
        roles=draw(by(slugs, role)),
    )


RECORDS = {
    Candidate: candidates(), Experiment: experiments(), LoggedModel: logged_models, Model: models, ModelVersion: model_versions,
    RegistrySettings: registries, Root: roots, Roles: roles(), Anchor: anchors,
}  # fmt: skip
