"""Addresses of artifacts: what is made is read again, and nothing else is."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlflow.utils.uri import append_to_uri_path

from gitreg.domain.version import VersionNumber
from gitreg.domain.words import artifact_path, is_slug
from gitreg.errors import UsageError
from gitreg.mlflow_plugin import addresses
from gitreg.mlflow_plugin.addresses import Address, ModelPlace, Place, RunPlace, VersionPlace, checked_path
from gitreg.mlflow_plugin.uris import RegistryUri

RUN = "7f3ac2d1e0b94c6f8a55d0c7b1e2f3a4"
ROOT = "gitreg:///models/churn"


def _is_path(text: str) -> bool:
    try:
        return checked_path(text) == text and not set("#?") & set(text)
    except UsageError:
        return False


def _is_uri(uri: RegistryUri) -> bool:
    try:
        return RegistryUri.parse(str(uri)) == uri
    except UsageError:
        return False


names = st.text(min_size=1, max_size=12)
folders = st.lists(names, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))
options = st.one_of(
    st.just(()), st.text(min_size=1, max_size=20).map(lambda root: (("artifact_root", root),))
)
hosts = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,20}(:[1-9][0-9]{1,3})?", fullmatch=True)
uris = st.one_of(
    st.builds(RegistryUri, st.sampled_from(["gitreg", "gitreg+file"]), st.just(""), folders, options),
    st.builds(RegistryUri, st.just("gitreg+https"), hosts, folders, options),
    st.builds(RegistryUri, st.just("gitreg+ssh"), hosts.map(lambda host: f"git@{host}"), folders, options),
).filter(_is_uri)
hexes = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)
experiments = st.from_regex(r"0|[1-9][0-9]{17}", fullmatch=True)
places: st.SearchStrategy[Place] = st.one_of(
    st.builds(RunPlace, experiments, hexes),
    st.builds(ModelPlace, experiments, hexes),
    st.builds(
        VersionPlace,
        st.from_regex(r"[a-z0-9][a-z0-9_-]{0,30}", fullmatch=True).filter(is_slug),
        st.builds(VersionNumber, *[st.integers(0, 99)] * 3, st.sampled_from(["", "rc.1"])),
    ),
)
paths = st.one_of(st.just(""), st.lists(names, min_size=1, max_size=3).map("/".join).filter(_is_path))


@settings(max_examples=150)
@given(uris, places, paths)
def test_what_is_made_is_read_again(uri: RegistryUri, place: Place, path: str) -> None:
    """An address says exactly one thing."""
    address = Address(uri, place, path)

    assert addresses.parse(str(address)) == address


@settings(max_examples=100)
@given(uris, places, paths)
def test_mlflow_may_append_the_path_itself(uri: RegistryUri, place: Place, path: str) -> None:
    """MLflow appends an artifact's path to a run's address as it is, and loses two of three slashes on the way."""
    appended = append_to_uri_path(str(Address(uri, place)), *path.split("/")) if ";" not in path else None

    assert appended is None or addresses.parse(appended) == Address(uri, place, path)


@settings(max_examples=300)
@given(
    st.text(max_size=40),
    st.sampled_from(["", f"{ROOT}/-/", f"{ROOT}/-/0/{RUN}/artifacts/", "gitreg+https://h/"]),
)
def test_whatever_is_read_is_refused_or_names_a_path_that_stays(text: str, before: str) -> None:
    """No text makes the parser fail in another way, or give a path that leaves the folder."""
    try:
        address = addresses.parse(before + text)
    except UsageError:
        return

    assert not address.path or artifact_path(address.path)
    assert str(addresses.parse(str(address))) == str(address)


HOSTILE = [
    "..",
    "../secret",
    "a/../../secret",
    "%2e%2e/secret",
    "%2E%2E%2Fsecret",
    "a/%2e%2e/%2e%2e/secret",
    "%252e%252e/secret",
    "%25252e%25252e%25252fsecret",
    "..%2fsecret",
    "a%2f..%2f..%2fsecret",
    "..\\secret",
    "a\\..\\secret",
    "%2e%2e%5csecret",
    "%5c%5chost%5cshare",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "file:///etc/passwd",
    "file:/etc/passwd",
    "http://169.254.169.254/latest",
    "s3://bucket/key",
    "C:/Windows/win.ini",
    "C:\\Windows\\win.ini",
    "a\0b",
    "a%00/../b",
    "a%00b",
    "a\nb",
    "a\r\nb",
    "./a",
    "a/./b",
    "a//b",
    "\uff0e\uff0e/secret",
    "\u2025/secret",
    "\u2024\u2024/secret",
    "a\uff0f\uff0e\uff0e\uff0fsecret",
    "%ef%bc%8e%ef%bc%8e/secret",
    "..\u200b/..",
    "a\u202eb",
    "con",
    "a/aux.txt",
    ".git/config",
    ".dvc/config",
    "a.",
    "a ",
    "%" + "25" * 12 + "2e",
]


@pytest.mark.parametrize("path", HOSTILE)
def test_a_path_that_may_leave_the_folder_is_refused(path: str) -> None:
    """Whoever decodes, normalises or joins it later, nothing that was let through climbs."""
    with pytest.raises(UsageError, match="no path of an artifact"):
        checked_path(path)


@pytest.mark.parametrize("path", HOSTILE)
def test_an_address_with_such_a_path_is_refused(path: str) -> None:
    """As a part of an address it is refused too, wherever its slashes, marks and signs split it."""
    with pytest.raises(UsageError):
        addresses.parse(f"{ROOT}/-/0/{RUN}/artifacts/{path}")


@pytest.mark.parametrize("path", ["100% sure.txt", "a%20b.txt", "images/loss%step%0%timestamp%1730000000000%5f.png", "ä ö/ü+,=.txt", "a&b@c!.txt"])  # fmt: skip
def test_names_with_percent_signs_are_taken_as_they_are(path: str) -> None:
    """MLflow's own images are called so; a name is never decoded."""
    assert addresses.parse(f"{ROOT}/-/0/{RUN}/artifacts/{path}").path == path


@pytest.mark.parametrize(
    "words",
    [
        "",
        "0",
        f"0/{RUN}",
        f"0/{RUN}/artifact",
        f"00/{RUN}/artifacts",
        f"123/{RUN}/artifacts",
        f"0/{RUN.upper()}/artifacts",
        f"0/{RUN[:-1]}/artifacts",
        f"0/models/{RUN}/artifacts",
        f"0/models/m-{RUN[:-1]}/artifacts",
        f"../{RUN}/artifacts",
        f"٣/{RUN}/artifacts",
        f"0/{RUN}/artifacts#x",
        f"0/{RUN}/artifacts;x",
        "registered/churn/7/artifacts",
        "registered/churn/1.2.0+build/artifacts",
        "registered/../1.2.0/artifacts",
        "registered/Churn/1.2.0/artifacts",
        f"registered/churn/1.2.0/artifacts/-/0/{RUN}/../x",
    ],
)
def test_what_is_no_place_is_refused(words: str) -> None:
    """The grammar is matched whole: ids and names that nothing here ever has are nothing."""
    with pytest.raises(UsageError):
        addresses.parse(f"{ROOT}/-/{words}")


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("gitreg", "is no registry's URI"),
        ("gitreg:", "names no folder"),
        ("gitreg:relative/path", "no whole path"),
        ("gitreg://relative/path", "two slashes"),
        ("gitreg://./registry", "no whole path"),
        ("gitreg://~/registry", "no whole path"),
        ("gitreg:///~/registry", "only a shell"),
        ("gitreg:///%7Eada/registry", "only a shell"),
        ("gitreg:///", "names no folder"),
        ("gitreg:///a/../b", "names no folder"),
        ("gitreg:///a/%2e%2e/b", "names no folder"),
        ("gitreg:///a/%2Fb", "names no folder"),
        ("gitreg:///a%5Cb", "names no folder"),
        ("gitreg:///a%00b", "cannot be shown"),
        ("gitreg:///a\\b", "is no URI"),
        ("gitreg:///a b", "is no URI"),
        ("gitreg:///a\nb", "is no URI"),
        ("gitreg:///a#b", "%23"),
        ("gitreg:///a?colour=red", "known: artifact_root|unknown"),
        ("gitreg:///a?artifact_root=", "no place of artifacts"),
        ("gitreg:///a?artifact_root=s3://b/../c", "no place of artifacts"),
        ("gitreg:///a?artifact_root=gitreg:///b", "no place of artifacts"),
        ("gitreg:///a?artifact_root=s3://a&artifact_root=s3://b", "twice"),
        ("gitreg:///a?x", "cannot be read"),
        ("gitreg+https:///group/project", "names no host"),
        ("gitreg+https://host", "names no folder"),
        ("gitreg+https://token@host/group/project", "holds credentials"),
        ("gitreg+https://user:secret@host/group/project", "holds credentials"),
        ("gitreg+ssh://git:secret@host/group/project", "holds credentials"),
        ("gitreg+ssh://-oProxyCommand=x/group/project", "names no host"),
        ("gitreg+ssh://-x@host/group/project", "holds credentials"),
        ("gitreg+https://[::1/group", "is no URI"),
        ("gitreg+ext://sh/x", "is no registry's URI"),
        ("file:///etc", "is no registry's URI"),
        ("https://host/group/project", "is no registry's URI"),
    ],
)
def test_a_uri_that_names_no_registry_is_refused_with_the_reason(uri: str, reason: str) -> None:
    """Relative paths, home folders, credentials, unknown options and other people's schemes."""
    with pytest.raises(UsageError, match=reason):
        RegistryUri.parse(uri)


def test_a_password_is_not_repeated() -> None:
    """What refuses credentials does not print them."""
    with pytest.raises(UsageError) as refused:
        RegistryUri.parse("gitreg+https://user:glpat-secret@host/group/project")

    assert "glpat-secret" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["gitreg:///a/b", "gitreg:/a/b", "gitreg:////a/b", "gitreg:///a/b/", "gitreg:///a//b"]
)
def test_slashes_too_many_or_few_name_the_same_folder(text: str) -> None:
    """MLflow loses two slashes when it puts URIs together; people who come from SQLite write four."""
    assert str(RegistryUri.parse(text)) == "gitreg:///a/b"


def test_a_folder_called_like_the_mark_is_written_otherwise() -> None:
    """`/-/` begins an artifact's place, and nothing else."""
    address = addresses.run_artifacts("gitreg:///a/%2D/b", "0", RUN)

    assert addresses.parse(address).registry.path == "/a/-/b"


@pytest.mark.parametrize("path", ["/a b", "/a#b?c;d%e", "/ä/ö", "/a+b&c=d"])
def test_folders_may_have_any_name(path: str) -> None:
    """What is special in a URI is quoted."""
    uri = RegistryUri.parse(f"gitreg://{quote(path)}")

    assert uri.path == path
    assert RegistryUri.parse(str(uri)) == uri


def test_a_path_is_decoded_once() -> None:
    """`%252e` is a folder's name that holds a percent sign."""
    assert RegistryUri.parse("gitreg:///a/%252e%252e/b").path == "/a/%2e%2e/b"


def test_options_stay_with_addresses() -> None:
    """What was asked for when the registry was opened is asked for when an artifact is."""
    address = addresses.run_artifacts("gitreg:///r?artifact_root=s3%3A%2F%2Fb%2Fx", "0", RUN)

    assert address == f"gitreg:///r/-/0/{RUN}/artifacts?artifact_root=s3%3A%2F%2Fb%2Fx"
    assert addresses.parse(address).registry.artifact_root == "s3://b/x"


@pytest.mark.parametrize(
    ("root", "made"),
    [
        (ROOT, f"{ROOT}/-/0/{RUN}/artifacts"),
        ("mlflow-artifacts:/", f"mlflow-artifacts:/0/{RUN}/artifacts"),
        ("mlflow-artifacts:/x/", f"mlflow-artifacts:/x/0/{RUN}/artifacts"),
        ("s3://bucket/x?y=z", f"s3://bucket/x/0/{RUN}/artifacts?y=z"),
        ("/srv/artifacts", f"/srv/artifacts/0/{RUN}/artifacts"),
        ("file:///srv/artifacts", f"file:///srv/artifacts/0/{RUN}/artifacts"),
    ],
)
def test_a_run_has_its_place_below_any_root(root: str, made: str) -> None:
    """`mlflow server` and a URI's option may keep artifacts elsewhere."""
    assert addresses.run_artifacts(root, "0", RUN) == made


def test_the_servers_root_wins_over_the_uris() -> None:
    """What `mlflow server` was started with, then the option, then the registry."""
    uri = "gitreg:///r?artifact_root=s3://b"

    assert addresses.artifact_root(uri, "mlflow-artifacts:/") == "mlflow-artifacts:/"
    assert addresses.artifact_root(uri) == "s3://b"
    assert addresses.artifact_root(ROOT) == ROOT
    assert addresses.artifact_root(ROOT, "./mlruns") == ROOT  # without the proxy, where nobody chose


def test_an_address_below_an_experiments_own_place() -> None:
    """An experiment's place, and what MLflow makes below it, is where its runs are."""
    place = addresses.experiment_artifacts(ROOT, "0")

    assert addresses.below(place, RUN, "artifacts") == addresses.run_artifacts(ROOT, "0", RUN)


def test_a_colon_has_another_sign_in_the_name_that_is_kept() -> None:
    """People name files by the time of day, and Windows takes `:` for something else."""
    name = checked_path("plots/2026-11-23 10:04:05.png")

    assert ":" not in name
    assert addresses.shown_path(name) == "plots/2026-11-23 10:04:05.png"
    assert checked_path(name) == name
