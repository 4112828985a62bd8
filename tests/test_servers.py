"""The servers that tests use do what they say."""

from __future__ import annotations

import os
import subprocess

import pytest
from servers import smart_http, ssh_daemon, tcp_proxy


def run(environ, *words, **extra):
    return subprocess.run(["git", *words], env=environ | extra, capture_output=True, text=True, check=False)


@pytest.fixture
def served(make_repository, tmp_path, environ):
    """A folder with one bare repository, `x.git`."""
    work = make_repository(tmp_path / "work")
    run(environ, "clone", "-q", "--bare", str(work), str(tmp_path / "served/x.git"))
    return tmp_path / "served"


def test_http_serves_clone_and_push(served, tmp_path, environ):
    """Objects travel both ways, also in many chunks."""
    with smart_http(served, latency=0.01) as url:
        clone = tmp_path / "clone"
        assert run(environ, "clone", "-q", f"{url}/x.git", str(clone)).returncode == 0
        (clone / "big").write_bytes(os.urandom(3_000_000))
        run(environ, "-C", str(clone), "add", "big")
        run(environ, "-C", str(clone), "commit", "-qm", "big")
        done = run(environ, "-C", str(clone), "push", "-q", "origin", "main")

    assert done.returncode == 0, done.stderr
    assert run(environ, "-C", str(served / "x.git"), "fsck", "--strict").returncode == 0


def test_http_asks_for_passwords(served, environ):
    """Who has none is not let in."""
    with smart_http(served, users={"ada": "pw"}) as url:
        assert run(environ, "ls-remote", f"{url}/x.git").returncode != 0
        good = url.replace("//", "//ada:pw@")
        assert run(environ, "ls-remote", f"{good}/x.git").returncode == 0


def test_http_that_only_reads(served, environ):
    """A push is forbidden, everything else is allowed."""
    with smart_http(served, readonly=True) as url:
        assert run(environ, "ls-remote", f"{url}/x.git").returncode == 0
        done = run(environ, "-C", str(served / "x.git"), "push", f"{url}/x.git", "main:other")
    assert "403" in done.stderr


def test_ssh_serves(served, tmp_path, environ):
    """The key that was made for it is let in."""
    with ssh_daemon(tmp_path / "ssh") as (prefix, command):
        done = run(environ, "ls-remote", f"{prefix}{served}/x.git", GIT_SSH_COMMAND=command)
    assert "refs/heads/main" in done.stdout, done.stderr


def test_a_proxy_cuts_and_heals(served, environ):
    """Exactly so many bytes pass; new connections fare no better, unless the cut was for once."""
    with smart_http(served) as url, tcp_proxy(url) as proxy:
        assert run(environ, "ls-remote", f"{proxy.url}/x.git").returncode == 0
        proxy.cut_after(100)
        assert run(environ, "ls-remote", f"{proxy.url}/x.git").returncode != 0
        assert proxy.passed == 100
        assert run(environ, "ls-remote", f"{proxy.url}/x.git").returncode != 0
        proxy.heal()
        assert run(environ, "ls-remote", f"{proxy.url}/x.git").returncode == 0
        proxy.cut_after(100, once=True)
        assert run(environ, "ls-remote", f"{proxy.url}/x.git").returncode != 0
        assert run(environ, "ls-remote", f"{proxy.url}/x.git").returncode == 0


def test_a_proxy_stalls(served, environ):
    """Nothing passes, and nothing is closed."""
    with smart_http(served) as url, tcp_proxy(url) as proxy:
        proxy.stall_after(100)
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run(
                ["git", "ls-remote", f"{proxy.url}/x.git"],
                env=environ,
                timeout=0.5,
                capture_output=True,
                check=False,
            )
