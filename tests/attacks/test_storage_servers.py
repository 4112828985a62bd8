"""HTTP servers in an attacker's hands: what they are told, where they send us, and what they say instead of an answer."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from attack_ground import Ground
from attack_servers import Answer, files_of, host, reply
from content_attacks import MODEL, TWIN, V3, object_of, overwritten
from content_attacks import OTHER_TWIN as FALSE
from storage_attacks import LOCAL, followed, users_config
from workshop import V1

from gitreg.artifacts import parse_dvc_file
from gitreg.documents import layout, places

PULL = ("pull", "churn@1.0.0", "-o", "{target}")
SECRET = "hunter2-of-A"
BASIC = "basic " + base64.b64encode(f"ada:{SECRET}".encode()).decode()
Call = Callable[..., Any]


def _named(ground: Ground, url: str) -> None:
    """The accepted branch says where the storage is."""
    ground.commit({places.DVC_CONFIG: f"['remote \"store\"']\n    url = {url}\n".encode()})


def _users(url: str | None, *lines: str) -> str:
    said = [f"url = {url}"] if url else []
    return "\n    ".join(["['remote \"store\"']", *said, *lines]) + "\n"


def _sent(heard: list[dict[str, str]]) -> str:
    return json.dumps(heard)


BASIC_AUTH = ("auth = basic", "user = ada", f"password = {SECRET}")
HEADER_AUTH = ("auth = custom", "custom_auth_header = X-Secret", f"password = {SECRET}")


@pytest.mark.parametrize("auth", [BASIC_AUTH, HEADER_AUTH], ids=["basic", "header"])
def test_a_password_goes_where_the_user_says(ground: Ground, call: Call, auth: tuple[str, ...]) -> None:
    """The user's own configuration names the host and the password: the host hears it, and the model comes."""
    with host(files_of(ground.storage)) as (url, heard):
        users_config(ground, _users(url, *auth))
        assert call(*PULL).code == 0

    assert heard
    assert all(
        SECRET in _sent([one]) or one.get("authorization", "").lower() == BASIC.lower() for one in heard
    )


@pytest.mark.parametrize("auth", [BASIC_AUTH, HEADER_AUTH], ids=["basic", "header"])
def test_a_password_never_goes_where_only_the_repository_says(
    ground: Ground, call: Call, auth: tuple[str, ...]
) -> None:
    """The user configured a password for the storage; the repository now says that the storage is elsewhere."""
    with host(files_of(ground.storage)) as (url, heard):
        users_config(ground, _users(None, *auth))
        _named(ground, url)
        said = call(*PULL)

    assert said.code == 4
    assert "would be sent to" in said.err
    assert heard == []
    assert SECRET not in said.err


def test_the_users_url_counts_more_than_the_repositorys(ground: Ground, call: Call) -> None:
    """Host A is the user's; the repository names host B, which hears nothing at all."""
    with (
        host(files_of(ground.storage)) as (ours, heard),
        host(files_of(ground.storage)) as (theirs, overheard),
    ):
        users_config(ground, _users(ours, *BASIC_AUTH))
        _named(ground, theirs)
        assert call(*PULL).code == 0

    assert heard
    assert overheard == []


@pytest.mark.parametrize("auth", [BASIC_AUTH, HEADER_AUTH], ids=["basic", "header"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_takes_no_password_along(
    ground: Ground, call: Call, auth: tuple[str, ...], status: int
) -> None:
    """The user's host sends us to another one: aiohttp alone would tell that one the password, or the header."""
    with (
        host(files_of(ground.storage)) as (theirs, overheard),
        host(lambda asked: reply(asked, status, Location=f"{theirs}{asked.path}")) as (ours, heard),
    ):
        users_config(ground, _users(ours, *auth))
        said = call(*PULL)

    assert said.code == 7
    assert "where your credentials do not belong" in said.err
    assert heard
    assert overheard == []
    assert not ground.target.exists()


def test_a_redirect_without_credentials_is_followed(ground: Ground, call: Call) -> None:
    """Object stores answer so, and the bytes are proven wherever they come from."""
    with (
        host(files_of(ground.storage)) as (theirs, overheard),
        host(lambda asked: reply(asked, 307, Location=f"{theirs}{asked.path}")) as (ours, _),
    ):
        assert call(*PULL, "--storage", ours).code == 0

    assert overheard


@pytest.mark.parametrize(
    "place", ["file:///etc/passwd", "ftp://127.0.0.1/x", "//", "javascript:x", "http://[", "\\\\evil\\x"]
)
def test_a_redirect_to_what_is_no_http_ends_there(ground: Ground, call: Call, place: str) -> None:
    """Nothing of this machine is read, nothing is delivered, and it is no bug of ours."""
    with host(lambda asked: reply(asked, 302, Location=place)) as (url, _):
        said = call(*PULL, "--storage", url)

    assert said.code in {6, 7}
    assert not ground.target.exists()


def test_a_ring_of_redirects_ends(ground: Ground, call: Call) -> None:
    """After ten."""
    with host(lambda asked: reply(asked, 302, Location=asked.path)) as (url, heard):
        said = call(*PULL, "--storage", url)

    assert said.code in {6, 7}
    assert len(heard) < 1000


def _endless(folder: Path) -> Answer:
    """Sends model.bin without an end, and all else as it is."""
    honest, model = files_of(folder), str(object_of(Path("/"), MODEL))

    def answer(asked: BaseHTTPRequestHandler) -> None:
        if asked.path != model or asked.command == "HEAD":
            honest(asked)
            return
        asked.send_response(200)
        asked.send_header("Connection", "close")
        asked.end_headers()
        while True:
            asked.wfile.write(b"x" * 65536)

    return answer


def _with(folder: Path, **headers: str) -> Answer:
    """Honest bytes below headers that are not."""

    def answer(asked: BaseHTTPRequestHandler) -> None:
        path = folder / asked.path.lstrip("/")
        body = path.read_bytes() if path.is_file() else b""
        reply(asked, 200 if path.is_file() else 404, body, **headers)
        asked.close_connection = True

    return answer


ODD: dict[str, Callable[[Path], Answer]] = {
    "an endless file": _endless,
    "a length that is no number": lambda folder: _with(folder, **{"Content-Length": "x"}),
    "a negative length": lambda folder: _with(folder, **{"Content-Length": "-1"}),
    "a length of a petabyte": lambda folder: _with(folder, **{"Content-Length": str(10**15)}),
    "an ETag of a megabyte": lambda folder: _with(folder, ETag="x" * 1_000_000),
    "words that act on a terminal": lambda _: lambda asked: asked.wfile.write(b"HTTP/1.1 500 \x1b[2J\x1b]0;pwned\x07\r\n\r\n"),
    "no HTTP at all": lambda _: lambda asked: asked.wfile.write(b"\x1b[2J" * 100),
    "nothing": lambda _: lambda asked: setattr(asked, "close_connection", True),
    "a refusal": lambda _: lambda asked: reply(asked, 403),
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_an_answer_that_is_none_is_told_so(ground: Ground, call: Call, odd: str) -> None:
    """Refused, unreached or not let in: one line of error, no traceback, nothing delivered, nothing that acts."""
    with host(ODD[odd](ground.storage)) as (url, _):
        users_config(ground, "['remote \"store\"']\nread_timeout = 2\nconnect_timeout = 2\n")
        said = call(*PULL, "--storage", url)

    assert said.code in {4, 6, 7}, said.err
    assert not ground.target.exists()
    assert not list(ground.target.parent.glob(".target*"))
    assert not {"\x1b", "\x07", "\x9b"} & set(said.err)
    assert len(said.err) < 10_000


def test_nothing_is_unpacked_on_its_way(ground: Ground, call: Call) -> None:
    """A server that packs what it was not asked to pack serves other bytes; a bomb is a kilobyte."""
    bomb = gzip.compress(b"\0" * 100_000_000)
    with host(lambda asked: reply(asked, 200, bomb, **{"Content-Encoding": "gzip"})) as (url, heard):
        overwritten(
            ground.clone / ".dvc/cache/files/md5" / _listing(ground),
            (ground.storage / "files/md5" / _listing(ground)).read_bytes(),
        )
        said = call(*PULL, "--storage", url)

    assert said.code == 6
    assert {one["accept-encoding"] for one in heard} == {"identity"}


def _listing(ground: Ground) -> str:
    md5 = parse_dvc_file(ground.read(layout.version_dvc_path("churn", V1))).md5
    return f"{md5[:2]}/{md5[2:]}"


def test_twins_of_one_md5_pass_plain_dvc_and_not_gitreg(
    ground: Ground, call: Call, dvc: Callable[..., Any]
) -> None:
    """The public pair: reviewed and signed is one file, `dvc pull` brings the other and is content."""
    ground.commit(ground.shop.add_version(V3, {"model.bin": TWIN}))
    ground.release(ground.statement(V3))
    overwritten(object_of(ground.storage, TWIN), FALSE)
    followed(ground)
    (ground.clone / LOCAL).write_text(_users(str(ground.storage)))
    file = layout.version_dvc_path("churn", V3)

    dvc(ground.clone, "pull", file)

    assert (ground.clone / file).with_name("artifacts").joinpath("model.bin").read_bytes() == FALSE != TWIN
    shutil.rmtree(ground.clone / ".dvc" / "cache")
    said = call("pull", "churn@2.0.0", "-o", "{target}")
    assert said.code == 6
    assert "model.bin is other bytes than the manifest records" in said.err


def test_a_truncated_file_passes_plain_dvc_over_http_and_not_gitreg(
    ground: Ground, call: Call, dvc: Callable[..., Any]
) -> None:
    """DVC does not compare what it downloads with its hash."""
    overwritten(object_of(ground.storage, MODEL), b"8 bytes.")
    followed(ground)
    with host(files_of(ground.storage)) as (url, _):
        (ground.clone / LOCAL).write_text(_users(url))
        file = layout.version_dvc_path("churn", V1)
        dvc(ground.clone, "pull", file)

        assert (ground.clone / file).with_name("artifacts").joinpath("model.bin").read_bytes() == b"8 bytes."
        shutil.rmtree(ground.clone / ".dvc" / "cache")
        said = call(*PULL)
    assert said.code == 6
    assert f"model.bin is truncated to 8 of {len(MODEL)} bytes" in said.err


BUCKETS: dict[str, Answer] = {
    "no length, no date, no ETag": lambda asked: asked.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
    "a date that is none": lambda asked: reply(asked, 200, b"x" * 9, **{"Last-Modified": "\x07never", "ETag": "\\"}),
    "XML that is none": lambda asked: reply(asked, 400, b"<Error><Code>\x1b[2J" + b"x" * 100_000, **{"Content-Type": "text/xml"}),
    "an XML bomb": lambda asked: reply(asked, 404, b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 9999 + b'">]><Error><Code>&b;&b;</Code></Error>'),
    "another region at another host": lambda asked: reply(asked, 301, **{"x-amz-bucket-region": "evil.example/", "Location": "file:///"}),
    "a megabyte of words": lambda asked: reply(asked, 403, b"<Error><Code>X</Code><Message>" + b"y" * 1_000_000 + b"</Message></Error>"),
}  # fmt: skip


@pytest.mark.parametrize("odd", BUCKETS)
def test_a_bucket_that_answers_strangely_is_told_so(ground: Ground, call: Call, odd: str) -> None:
    """As over HTTP; and the secret key itself is never sent."""
    with host(BUCKETS[odd]) as (url, heard):
        said = call(
            *PULL, "--storage", "s3://bucket/x", AWS_ENDPOINT_URL=url, AWS_ACCESS_KEY_ID="key", AWS_SECRET_ACCESS_KEY=SECRET,
            AWS_DEFAULT_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true", AWS_MAX_ATTEMPTS="1",
        )  # fmt: skip

    assert said.code in {4, 6, 7}, said.err
    assert heard
    assert SECRET not in _sent(heard)
    assert not {"\x1b", "\x07"} & set(said.err)
    assert len(said.err) < 10_000
