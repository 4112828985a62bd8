"""Somebody's GnuPG: a home of its own with real keys and a real agent, and certificates by openssl."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PROGRAMS = ("gpg", "gpgv", "gpgsm", "openssl")
MISSING = [program for program in PROGRAMS if shutil.which(program) is None]

_PINENTRY = """#!/bin/sh
echo "OK ready"
while read -r line; do
  case $line in
    GETPIN*) echo "D x"; echo OK ;;
    BYE*) echo OK; exit 0 ;;
    *) echo OK ;;
  esac
done
"""


@dataclass
class GnupgDesk:
    """A folder short enough for the agent's socket.

    Attributes:
        home: GNUPGHOME; certificates lie in it, too.
        environ: what the programs run with.
        fingerprints: of the primary keys, by name.
    """

    home: Path
    environ: Mapping[str, str]
    fingerprints: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, stdin: bytes = b"") -> bytes:
        """Runs a program, which must succeed, and returns what it wrote."""
        done = subprocess.run(words, input=stdin, env=dict(self.environ), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def gpg(self, *words: str, stdin: bytes = b"") -> bytes:
        """gpg, which asks nobody."""
        return self.run(
            "gpg",
            "--batch",
            "--quiet",
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            "",
            *words,
            stdin=stdin,
        )

    def make_key(
        self, name: str, *how: str, algorithm: str = "ed25519", usage: str = "sign", until: str = "never"
    ) -> str:
        """A key of `name@example.com`, without a passphrase."""
        self.gpg(
            *how, "--quick-generate-key", f"{name.capitalize()} <{name}@example.com>", algorithm, usage, until
        )
        listed = self.gpg("--with-colons", "--list-keys", f"{name}@example.com").decode().split("\n")
        self.fingerprints[name] = next(line.split(":")[9] for line in listed if line.startswith("fpr:"))
        return self.fingerprints[name]

    def add_subkey(self, name: str, usage: str = "sign", algorithm: str = "ed25519") -> str:
        """One more subkey; its fingerprint."""
        fingerprint = self.fingerprints[name]
        self.gpg("--quick-add-key", fingerprint, algorithm, usage, "never")
        listed = self.gpg("--with-colons", "--list-keys", fingerprint).decode().split("\n")
        return [line.split(":")[9] for line in listed if line.startswith("fpr:")][-1]

    def revoke(self, name: str) -> None:
        """Revokes a key by the certificate that gpg made beside it."""
        fingerprint = self.fingerprints[name]
        text = (self.home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text()
        self.gpg("--import", stdin=text.replace(":-----BEGIN", "-----BEGIN").encode())

    def exported(self, *names: str) -> bytes:
        """The public keys, armored, as they would stand among the trust files."""
        return b"".join(self.gpg("--armor", "--export", self.fingerprints[name]) for name in names)

    def signed(self, payload: bytes, name: str, *how: str) -> bytes:
        """A detached, armored signature by plain gpg."""
        return self.gpg(*how, "-bsau", self.fingerprints.get(name, name), stdin=payload)

    def make_certificate(self, name: str, *kind: str) -> bytes:
        """A self-signed certificate, in PEM; its key lies beside it."""
        key, certificate = str(self.home / f"{name}.key"), self.home / f"{name}.pem"
        words = ("-nodes", "-keyout", key, "-out", str(certificate), "-days", "3650", "-sha256")
        subject = f"/CN={name}/emailAddress={name}@example.com"
        self.run("openssl", "req", "-x509", "-newkey", *(kind or ("rsa:2048",)), *words, "-subj", subject)
        return certificate.read_bytes()

    def give_to_gpgsm(self, name: str) -> None:
        """Puts a certificate and its key into gpgsm's key ring, locked by a passphrase that only the agent can ask for."""
        bag = self.home / f"{name}.p12"
        old = (
            "-certpbe",
            "PBE-SHA1-3DES",
            "-keypbe",
            "PBE-SHA1-3DES",
            "-macalg",
            "sha1",
        )  # all that gpgsm 2.2 reads
        files = (
            "-inkey",
            str(self.home / f"{name}.key"),
            "-in",
            str(self.home / f"{name}.pem"),
            "-out",
            str(bag),
        )
        self.run("openssl", "pkcs12", "-export", *old, *files, "-passout", "pass:x")
        subprocess.run(
            ["gpgsm", "--batch", "--import", str(bag)],
            env=dict(self.environ),
            capture_output=True,
            check=True,
        )
        listed = (
            self.run("gpgsm", "--with-colons", "--list-secret-keys", f"{name}@example.com")
            .decode()
            .split("\n")
        )
        fingerprint = next(line.split(":")[9] for line in listed if line.startswith("fpr:"))
        with (self.home / "trustlist.txt").open("a") as trusted:
            trusted.write(f"{fingerprint} S relax\n")
        self.run("gpgconf", "--reload", "gpg-agent")

    def cms(self, payload: bytes, name: str, *how: str) -> bytes:
        """A detached signature in DER by plain openssl."""
        by = ("-signer", str(self.home / f"{name}.pem"), "-inkey", str(self.home / f"{name}.key"))
        return self.run("openssl", "cms", "-sign", "-binary", "-outform", "DER", *by, *how, stdin=payload)


@contextmanager
def gnupg_desk(environ: Mapping[str, str]) -> Iterator[GnupgDesk]:
    """Makes one, and ends its agent afterwards."""
    with tempfile.TemporaryDirectory(prefix="gg-", dir="/tmp") as name:
        home = Path(name)
        home.chmod(0o700)
        (home / "pinentry").write_text(_PINENTRY)
        (home / "pinentry").chmod(0o755)
        (home / "gpg-agent.conf").write_text(
            f"pinentry-program {home / 'pinentry'}\nallow-loopback-pinentry\n"
        )
        (home / "gpgsm.conf").write_text("disable-crl-checks\n")
        desk = GnupgDesk(home, {"PATH": environ["PATH"], "HOME": name, "GNUPGHOME": name, "LC_ALL": "C"})
        try:
            yield desk
        finally:
            subprocess.run(["gpgconf", "--kill", "all"], env=dict(desk.environ), check=False)
