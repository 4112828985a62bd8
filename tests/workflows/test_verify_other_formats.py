"""Registries whose trust root names OpenPGP keys or X.509 certificates, signed and verified by the real command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gnupg_desk import MISSING, GnupgDesk, gnupg_desk
from workshop import FILES, V1, V2, WHEN, Trusted, Workshop, honest_roles

from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.documents.writer import write
from gitreg.domain.digest import Digest
from gitreg.domain.statement import Statement
from gitreg.domain.trust import FormerEntry, Roles, Root
from gitreg.domain.version import VersionNumber
from gitreg.signing import format_tag, parse_x509_certificates, sign
from gitreg.signing.armor import write_pem
from gitreg.signing.cms import respelled_cms

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

V3 = VersionNumber(1, 2, 0)
RELEASE = "refs/tags/model/churn/v1.0.0"


@pytest.fixture(scope="session")
def desk() -> Iterator[GnupgDesk]:
    """OpenPGP keys of Ada, Bob, and one that Ada has left; a certificate of Ada's, that gpgsm has, too."""
    with gnupg_desk(os.environ) as made:
        for name in ("ada", "bob", "former"):
            made.make_key(name)
        made.make_certificate("ada")
        made.give_to_gpgsm("ada")
        yield made


@pytest.fixture
def registry(registry: Workshop, desk: GnupgDesk) -> Workshop:
    """The honest registry's user has this GnuPG."""
    registry.environ |= {"GNUPGHOME": str(desk.home)}
    return registry


def certificate(desk: GnupgDesk) -> bytes:
    """Ada's, in PEM."""
    return (desk.home / "ada.pem").read_bytes()


def roles_of(desk: GnupgDesk, **former: FormerEntry) -> Roles:
    """Ada has an OpenPGP key and a certificate beside her SSH key; Bob has an OpenPGP key and may do nothing."""
    roles = honest_roles()
    digest = next(iter(parse_x509_certificates(certificate(desk))))
    ada = roles.people["ada"].model_copy(update={"openpgp": desk.fingerprints["ada"], "x509": digest})
    bob = roles.people["bob"].model_copy(update={"openpgp": desk.fingerprints["bob"]})
    return roles.model_copy(update={"people": {"ada": ada, "bob": bob}, "former": former})


def take(
    registry: Workshop, desk: GnupgDesk, number: int = 2, revoked: bytes = b"", **former: FormerEntry
) -> None:
    """The next trust root names the two files, as the drill in docs/verification.md says."""
    files = registry.next_root(Trusted(version=number, roles=roles_of(desk, **former)))
    files[places.REVOKED_KEYS] = revoked
    files[places.OPENPGP_KEYS] = desk.exported("ada", "bob", "former")
    files[places.X509_CERTIFICATES] = certificate(desk)
    names = ("allowed_signers", "revoked_keys", "roles.yaml", "openpgp_keys", "x509_certificates")
    digests = {name: Digest.of(files[f"{places.TRUST}/{name}"] or b"") for name in names}
    root = read(files[places.ROOT] or b"", Root, places.ROOT).model_copy(update={"files": digests})
    files[places.ROOT] = write(root)
    for name in [path for path in files if path.startswith(f"{places.SIGNATURES}/") and files[path]]:
        files[name] = sign(write(root), registry.key("ada"), "gitreg-root", registry.environ)
    registry.commit(files)


Sign = Callable[[bytes], bytes]


def resigned(
    registry: Workshop, by: Sign, email: str = "ada@example.com", said: Statement | None = None
) -> None:
    """The first release's tag again, at the tip, with another signature."""
    statement = said or registry.statement(V1)
    when = int(WHEN.timestamp())
    name, message = RELEASE.removeprefix("refs/tags/"), statement.message()
    payload = format_tag(registry.tip(), name, f"Ada Example <{email}>", when, "+0000", message)
    registry.raw_tag(payload + by(payload), RELEASE)


def by_gpg(desk: GnupgDesk, name: str = "ada") -> Sign:
    """Plain gpg."""
    return lambda payload: desk.signed(payload, name)


def by_certificate(desk: GnupgDesk) -> Sign:
    """Plain openssl, in the one spelling."""

    def signed(payload: bytes) -> bytes:
        return respelled_cms(
            write_pem("SIGNED MESSAGE", desk.cms(payload, "ada", "-nocerts", "-md", "sha256"))
        )

    return signed


def gitreg(registry: Workshop, *words: str) -> subprocess.CompletedProcess[str]:
    """The real command, in the registry."""
    return subprocess.run(
        [sys.executable, "-m", "gitreg", *words],
        cwd=registry.path, env=registry.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["openpgp", "x509"])
def test_a_good_signature_is_believed_where_the_root_says_so(kind: str, registry: Workshop, desk: GnupgDesk):
    """Step 6 names the key that the roles name."""
    take(registry, desk)
    resigned(registry, by_gpg(desk) if kind == "openpgp" else by_certificate(desk))

    verdict = registry.verify()

    named = roles_of(desk).people["ada"]
    expected = f"openpgp:{named.openpgp}" if kind == "openpgp" else f"x509:{named.x509}"
    assert expected in next(step.detail for step in verdict.steps if step.name == "signature")


@pytest.mark.parametrize("kind", ["openpgp", "x509"])
def test_an_ssh_registry_takes_no_other_signature(kind: str, registry: Workshop, desk: GnupgDesk):
    """Plain git believes any key of its key ring; a root that names no such keys believes none."""
    resigned(registry, by_gpg(desk) if kind == "openpgp" else by_certificate(desk))

    done = gitreg(registry, "verify", "churn@1.0.0")

    assert done.returncode == 6
    assert "this registry takes none" in done.stderr
    assert registry.refused() == "signature"
    if kind == "openpgp":
        registry.git("verify-tag", RELEASE)


def test_keys_beside_the_root_count_for_nothing(registry: Workshop, desk: GnupgDesk):
    """A file that the root keys did not sign is no file of keys, wherever it lies."""
    registry.commit({places.OPENPGP_KEYS: desk.exported("ada")})
    resigned(registry, by_gpg(desk))

    assert registry.refused() == "signature"


def test_another_persons_openpgp_key_is_refused(registry: Workshop, desk: GnupgDesk):
    """Bob's key under Ada's name."""
    take(registry, desk)
    resigned(registry, by_gpg(desk, "bob"))

    assert registry.refused() == "signature"


def test_a_person_without_the_permission_is_refused(registry: Workshop, desk: GnupgDesk):
    """Bob's key under Bob's name: a good signature is no permission."""
    take(registry, desk)
    resigned(registry, by_gpg(desk, "bob"), "bob@example.com")

    assert registry.refused() == "role"


def test_an_openpgp_key_of_nobody_is_refused(registry: Workshop, desk: GnupgDesk):
    """That it lies among the keys gives it to nobody."""
    take(registry, desk)
    resigned(registry, by_gpg(desk, "former"))

    assert registry.refused() == "signature"


def test_a_revoked_openpgp_key_loses_its_signatures(registry: Workshop, desk: GnupgDesk):
    """By a comment line in revoked_keys, which the root keys signed."""
    take(registry, desk, revoked=f"# openpgp {desk.fingerprints['ada']}\n".encode())
    resigned(registry, by_gpg(desk))

    assert registry.refused() == "signature"


def test_a_rotated_openpgp_key_is_good_up_to_its_root(registry: Workshop, desk: GnupgDesk):
    """As a rotated SSH key is: by the root that the commit was accepted under."""
    key = f"openpgp:{desk.fingerprints['former']}"
    take(registry, desk, **{"ada-1": FormerEntry(key=key, until_root=2)})
    resigned(registry, by_gpg(desk, "former"))
    registry.verify()
    take(registry, desk, 3, **{"ada-1": FormerEntry(key=key, until_root=2)})
    (registry.path / ".git" / "gitreg" / "seen.json").unlink()
    resigned(registry, by_gpg(desk, "former"))

    assert registry.refused() == "role"


def test_a_broken_file_of_keys_refuses_everything(
    registry: Workshop, desk: GnupgDesk, monkeypatch: pytest.MonkeyPatch
):
    """Half a list of keys is none: the step that reads the trust files says so."""
    monkeypatch.setattr(GnupgDesk, "exported", lambda *_: b"nonsense\n")
    take(registry, desk)

    done = gitreg(registry, "verify", "churn@1.0.0")

    assert done.returncode == 6
    assert "OpenPGP keys are refused" in done.stderr


@pytest.mark.parametrize("kind", ["openpgp", "x509"])
def test_the_command_signs_with_the_key_that_git_is_configured_with(
    kind: str, registry: Workshop, desk: GnupgDesk, tmp_path: Path
):
    """release, verify and pull; git's own verification believes the OpenPGP tag, too."""
    take(registry, desk)
    registry.commit(registry.add_version(V3, FILES, stages={"production": V2}))
    registry.git("reset", "-q", "--hard")
    registry.git("config", "gpg.format", kind)
    registry.git("config", "user.signingkey", "ada@example.com")

    signed = gitreg(registry, "release", "churn@1.2.0", "--yes", "--offline")
    pulled = gitreg(
        registry, "pull", "churn@1.2.0", "-o", str(tmp_path / "model"), "--storage", str(registry.storage)
    )

    assert signed.returncode == 0, signed.stderr
    assert pulled.returncode == 0, pulled.stderr
    assert (tmp_path / "model" / "model.bin").read_bytes() == FILES["model.bin"]
    registry.git("verify-tag", "model/churn/v1.2.0")


def test_a_key_of_nobody_signs_nothing(registry: Workshop, desk: GnupgDesk):
    """Nothing is signed that no verifier would accept."""
    take(registry, desk)
    registry.commit(registry.add_version(V3, FILES, stages={"production": V2}))
    registry.git("reset", "-q", "--hard")
    registry.git("config", "user.signingkey", "former@example.com")

    done = gitreg(registry, "release", "churn@1.2.0", "--yes", "--offline")

    assert done.returncode == 4
    assert "not among this registry's signers" in done.stderr
    assert not registry.has("refs/tags/model/churn/v1.2.0")


def test_key_add_makes_a_registry_take_openpgp(registry: Workshop, desk: GnupgDesk, tmp_path: Path):
    """The whole way of docs/verification.md: the key is proposed, the root signed by SSH, then gpg signs a release."""
    registry.git("reset", "-q", "--hard")
    (tmp_path / "ada.asc").write_bytes(desk.exported("ada"))
    registry.git("config", "gpg.format", "ssh")
    registry.git("config", "user.signingkey", str(registry.keys / "ada"))
    steps = [gitreg(registry, "key", "add", "ada", "--openpgp", str(tmp_path / "ada.asc"), "--offline")]
    steps.append(gitreg(registry, "release", "--merge", "--yes", "--offline"))
    registry.git("config", "gpg.format", "openpgp")
    registry.git("config", "user.signingkey", "ada@example.com")
    registry.commit(registry.add_version(V3, FILES, stages={"production": V2}))
    registry.git("reset", "-q", "--hard")
    steps.append(gitreg(registry, "release", "churn@1.2.0", "--yes", "--offline"))

    assert [step.returncode for step in steps] == [0, 0, 0], [step.stderr for step in steps]
    assert registry.verify("churn@1.2.0").fingerprint == f"openpgp:{desk.fingerprints['ada']}"


def test_doctor_is_content_with_a_key_that_signs_here(registry: Workshop, desk: GnupgDesk):
    """And names one that is nobody's, or of a kind that the registry does not take."""
    registry.git("config", "user.signingkey", desk.fingerprints["ada"])
    before = gitreg(registry, "doctor").stdout
    take(registry, desk)
    good = gitreg(registry, "doctor").stdout
    registry.git("config", "user.signingkey", desk.fingerprints["former"])
    strange = gitreg(registry, "doctor").stdout

    assert "an SSH key has to sign" in before
    assert "sign" not in good
    assert "not among this registry's signers" in strange
