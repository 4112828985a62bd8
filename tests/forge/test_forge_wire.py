"""How bytes go to a forge: certificates, proxies, sizes and times, by the environment that is given and no other."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gitreg.errors import GitregError, RemoteError, UsageError
from gitreg.forge import wire
from gitreg.forge.gitlab import GitLab
from gitreg.forge.place import Place
from gitreg.forge.tokens import Token
from gitreg.forge.wire import certificates, proxies

PLACE = Place("https://gitlab.example.com", "team/models")
TOKEN = Token("glpat-0123456789", "private", "GITREG_TOKEN")


class Raw(BaseHTTPRequestHandler):
    """Answers with whatever its server was told to."""

    def do_GET(self) -> None:
        self.server.act(self)  # type: ignore[attr-defined]

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def raw() -> Iterator[Callable[..., Place]]:
    """Starts a server that answers each request by a function; returns the place."""
    servers = []

    def start(act: Callable[[BaseHTTPRequestHandler], None], context: ssl.SSLContext | None = None) -> Place:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Raw)
        server.act = act  # type: ignore[attr-defined]
        server.daemon_threads = True
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return Place(f"http{'s' if context else ''}://127.0.0.1:{server.server_port}", "team/models")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def sends(
    body: bytes, kind: str = "application/json", **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    def act(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        for name, value in {"Content-Type": kind, **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return act


def find(place: Place, **environ: str) -> object:
    forge = GitLab(place, TOKEN, wait=lambda _: None, environ=environ, timeout=2.0)
    return forge.find("b", "main")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[" * 5_000_000 + b"]" * 5_000_000,
        b"\xff",
        b"[1e400, NaN]",
        b'[{"iid": ' + b"9" * 5000 + b"}]",
        b"null",
        b"",
    ],
    ids=["deep", "large", "bytes", "numbers", "digits", "null", "empty"],
)
def test_json_that_breaks_parsers_is_refused(raw, body: bytes):
    """Too deep, too long, not text, not finite."""
    with pytest.raises(RemoteError):
        find(raw(sends(body)))


def test_less_than_promised_is_no_answer(raw):
    """A connection that ends early; what came may be whole JSON."""
    with pytest.raises(RemoteError):
        find(raw(sends(b"[]", Content_Length="100")))


def test_an_answer_that_drips_is_given_up(raw, monkeypatch: pytest.MonkeyPatch):
    """Each byte comes in time, and all of them would never."""

    def drip(request: BaseHTTPRequestHandler) -> None:
        sends(b"[")(request)
        for _ in range(100):
            time.sleep(0.02)
            request.wfile.write(b" " * 70_000)

    monkeypatch.setattr(wire, "LONGEST", 0.1)

    with pytest.raises(RemoteError, match="did not end its answer"):
        find(raw(drip))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 and its key, signed by nobody but itself; in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = tmp_path_factory.mktemp("authority") / "own.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(pem)
    )
    return file


@pytest.fixture
def secured(raw, authority: Path) -> Place:
    """A forge with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)
    return raw(sends(b"[]"), context)


def test_a_certificate_of_nobody_is_refused(secured: Place):
    """No token goes there."""
    with pytest.raises(
        RemoteError, match=r"certificate of 127\.0\.0\.1 is not one that is trusted"
    ) as caught:
        find(secured)

    assert "REQUESTS_CA_BUNDLE" in caught.value.hint


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "CI_SERVER_TLS_CA_FILE"])
def test_a_certificate_that_the_environment_trusts_is_good(secured: Place, authority: Path, name: str):
    """As for other programs; GitLab's runner names its own in a variable."""
    assert find(secured, **{name: str(authority)}) is None


def test_a_file_that_is_no_certificate_is_told(secured: Place, tmp_path: Path):
    """By an error, not by a trace."""
    (tmp_path / "bad.pem").write_text("nothing")

    with pytest.raises(GitregError):
        find(secured, REQUESTS_CA_BUNDLE=str(tmp_path / "bad.pem"))


def test_certificates_that_are_not_there_are_told():
    """Else every forge would be one that is not trusted."""
    with pytest.raises(UsageError, match="REQUESTS_CA_BUNDLE names a file that is not there"):
        certificates(PLACE, {"REQUESTS_CA_BUNDLE": "/nowhere/bundle.pem"})


def test_a_jobs_certificates_are_for_its_own_gitlab(tmp_path: Path):
    """Another host has another authority."""
    environ = {"CI_SERVER_TLS_CA_FILE": str(tmp_path), "CI_SERVER_HOST": "gitlab.other.example"}

    assert certificates(PLACE, environ) is True
    assert certificates(PLACE, environ | {"CI_SERVER_HOST": "GitLab.example.com"}) == str(tmp_path)


@pytest.mark.parametrize(
    ("environ", "proxy"),
    [
        ({}, None),
        ({"https_proxy": "http://p:1"}, "http://p:1"),
        ({"HTTPS_PROXY": "http://p:2"}, "http://p:2"),
        ({"all_proxy": "socks5://p:3"}, "socks5://p:3"),
        ({"http_proxy": "http://p:4"}, None),
        ({"https_proxy": "http://p:1", "no_proxy": "example.com"}, None),
        ({"https_proxy": "http://p:1", "NO_PROXY": "localhost,.example.com"}, None),
        ({"https_proxy": "http://p:1", "no_proxy": "other.example"}, "http://p:1"),
    ],
)
def test_proxies_are_as_usual(environ: dict[str, str], proxy: str | None):
    """As curl(1), "ENVIRONMENT", has them."""
    assert proxies(PLACE.url, environ) == ({"https": proxy} if proxy else {})


def test_only_the_environment_that_is_given_counts(raw, monkeypatch: pytest.MonkeyPatch):
    """A proxy of this process's own environment is none of the caller's."""
    place = raw(sends(b"[]"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")

    assert find(place) is None
    with pytest.raises(RemoteError, match="cannot be reached"):
        find(place, http_proxy="http://127.0.0.1:1")
    assert find(place, http_proxy="http://127.0.0.1:1", no_proxy="127.0.0.1") is None
