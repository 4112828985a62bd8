"""Step 3, root: the chain of signed roots from the anchor to the accepted branch's tip, and the trust files it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.domain.digest import Digest
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.trust import Anchor, Roles, Root, TrustFile
from gitreg.errors import RecordError, VerificationError
from gitreg.signing import (
    AllowedSigner,
    PublicKey,
    parse_allowed_signers,
    parse_openpgp_keys,
    parse_revoked_keys,
    parse_sshsig,
    parse_x509_certificates,
    verify,
)
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.verification.anchor import anchor_from_root, pinned_anchor, read_anchor
from gitreg.workflows.verification.case import Trust, refuse_unless, required
from gitreg.workflows.verification.own_store import Opened
from gitreg.workflows.verification.result import VerifyOptions

NAMESPACE = "gitreg-root"
STEP = "root"
MOST_SIGNATURES = 64
LONGEST_CHAIN = 10_000
TRUST_FILES: Mapping[TrustFile, str] = {
    "allowed_signers": places.ALLOWED_SIGNERS,
    "revoked_keys": places.REVOKED_KEYS,
    "roles.yaml": places.ROLES,
    "openpgp_keys": places.OPENPGP_KEYS,
    "x509_certificates": places.X509_CERTIFICATES,
}


@dataclass(frozen=True)
class Held:
    """The anchor that the verifier holds; None before the first use."""

    anchor: Anchor | None

    @property
    def detail(self) -> str:
        """For the report."""
        return "an anchor is held" if self.anchor else "no anchor yet"


def held_anchor(registry: Registry, options: VerifyOptions) -> Held:
    """The anchor that was given, or is pinned in the clone.

    In CI only one that was given counts: a pinned one may be an earlier job's, together with another remote.

    Raises:
        NotFoundError, RecordError: it cannot be read.
    """
    if options.anchor is not None:
        return Held(read_anchor(options.anchor))
    if options.ci and not options.trust_first_use:
        return Held(None)
    return Held(pinned_anchor(registry.repository.common_dir))


def by_anchor(registry: Registry, anchor: Anchor | None) -> Registry:
    """The registry that the anchor is of: its id and its branch, whatever the clone's own gitreg.yaml says."""
    if anchor is None:
        return registry
    known = {"id": anchor.registry, "accepted_branch": anchor.accepted_branch}
    return replace(registry, settings=registry.settings.model_copy(update=known))


def check_root(opened: Opened, registry: Registry, options: VerifyOptions, anchor: Anchor | None) -> Trust:
    """Step 3: whom the registry trusts now, by an unbroken chain of signatures from the anchor.

    Args:
        opened: the verifier's own store.
        registry: the registry, as `by_anchor` gives it.
        options: how to verify.
        anchor: what the verifier holds; None at the first use.

    Raises:
        VerificationError: step `root`; the chain is broken, a trust file is not the signed one, or there is no anchor.
    """
    tip = Snapshot(opened.repository, opened.tip)
    newest = _newest(tip)
    first_use = anchor is None
    if anchor is None:
        anchor = _first_use(newest.root, options)
    signers = _check_chain(tip, anchor, newest, registry.environ)
    settings = _settings(tip, newest.root, registry)
    files = {name: _trust_file(tip, path, digest) for name, path, digest in _named_files(newest.root)}
    pinned = anchor if first_use else None
    return trust_from(settings, newest.root, files, signers=signers, pinned=pinned)


def trust_from(
    settings: RegistrySettings,
    root: Root,
    files: Mapping[TrustFile, bytes],
    *,
    signers: tuple[str, ...] = (),
    pinned: Anchor | None = None,
) -> Trust:
    """What the trust files say; whether they are to be believed, `check_root` finds out.

    Raises:
        VerificationError, RecordError: one of them is malformed.
    """
    return Trust(
        settings=settings,
        root=root,
        roles=read(files["roles.yaml"], Roles, places.ROLES),
        allowed=parse_allowed_signers(files["allowed_signers"]),
        revoked=parse_revoked_keys(files["revoked_keys"]),
        signers=signers,
        openpgp_keys=parse_openpgp_keys(files["openpgp_keys"]) if "openpgp_keys" in files else None,
        x509_certificates=(
            parse_x509_certificates(files["x509_certificates"]) if "x509_certificates" in files else None
        ),
        pinned=pinned,
    )


@dataclass(frozen=True)
class _Signed:
    """A root, its bytes, and the signatures that lie beside it."""

    root: Root
    content: bytes
    signatures: tuple[bytes, ...]


def _first_use(root: Root, options: VerifyOptions) -> Anchor:
    if options.ci and not options.trust_first_use:
        raise VerificationError(
            "there is no trust anchor: in CI one has to be given, for an earlier job could have pinned its own in the clone, "
            "and nobody would read the fingerprint of a first use",
            step=STEP,
            hint="Give --anchor FILE or GITREG_ANCHOR (`gitreg key anchor` prints it), or --trust-first-use.",
        )
    return anchor_from_root(root)


def _check_chain(
    tip: Snapshot, anchor: Anchor, newest: _Signed, environ: Mapping[str, str]
) -> tuple[str, ...]:
    root = newest.root
    refuse_unless(
        anchor.root_version <= root.version < anchor.root_version + LONGEST_CHAIN,
        STEP,
        f"the trust root has version {root.version}, and the anchor starts at {anchor.root_version}",
    )
    before: Anchor | Root = anchor
    signers: tuple[str, ...] = ()
    for number, signed in _chain(tip, anchor.root_version, newest):
        other = "The trust root and the trust anchor are of different registries."
        refuse_unless(signed.root.registry == anchor.registry, STEP, other)
        refuse_unless(signed.root.version == number, STEP, f"the trust root {number} says that it is another")
        signers = _linked(tip, before, signed, environ)
        before = signed.root
    return signers


def check_not_put_back(opened: Opened, trust: Trust, environ: Mapping[str, str]) -> Trust:
    """No commit of the accepted branch had a newer root, by a chain that holds from the one that stands there now.

    Whoever remembers a newer root refuses this one anyway (step 10). This is for who has no memory: a branch that cannot be
    rewound shows what it was. A newer root that nobody signed counts for nothing, or it would end the registry.

    Raises:
        VerificationError: step `root`; an older root was put back, and with it perhaps a key that was revoked.
    """
    now, anchor = trust.root.version, anchor_from_root(trust.root)
    for commit in opened.repository.history(opened.tip, places.ROOT, first_parent=True):
        version = _chained_version(Snapshot(opened.repository, commit), anchor, environ)
        refuse_unless(
            version <= now,
            STEP,
            f"the trust root is {now} now, and was {version} in commit {commit[:12]}: an older one was put back",
        )
    return trust


def _chained_version(at: Snapshot, anchor: Anchor, environ: Mapping[str, str]) -> int:
    """The version of the root at a commit, where that is newer than the anchor's and its chain holds; else 0."""
    try:
        newest = _newest(at)
        if newest.root.version > anchor.root_version:
            _check_chain(at, anchor, newest, environ)
            return newest.root.version
    except (VerificationError, RecordError, ValueError):
        return 0
    return 0


def _linked(
    tip: Snapshot, before: Anchor | Root, signed: _Signed, environ: Mapping[str, str]
) -> tuple[str, ...]:
    """Who signed one step of the chain: enough of those before it, and of its own.

    Raises:
        VerificationError: not enough did; the commit that brought it is named.
    """
    try:
        signers = _signers(signed, before, environ)
        if (before.keys, before.threshold) != (signed.root.keys, signed.root.threshold):
            signers = _signers(signed, signed.root, environ)
    except VerificationError as error:
        raise VerificationError(f"{error}{_brought_by(tip, signed)}", step=STEP) from error
    return signers


def _brought_by(tip: Snapshot, signed: _Signed) -> str:
    """The commit to look at: that of the accepted branch which made this the root."""
    assert tip.commit is not None  # noqa: S101 - what has files has a commit
    for commit in tip.repository.history(tip.commit, places.ROOT, first_parent=True):
        if Snapshot(tip.repository, commit).file(places.ROOT) == signed.content:
            return f"; commit {commit[:12]} brought it"
    return "; no commit of the accepted branch brought it as its root"


def _chain(tip: Snapshot, first: int, newest: _Signed) -> Iterator[tuple[int, _Signed]]:
    for number in range(first, newest.root.version):
        path = places.root_history_path(number)
        yield number, _signed(tip, path, f"{path.rpartition('/')[0]}/signatures")
    yield newest.root.version, newest


def _newest(tip: Snapshot) -> _Signed:
    return _signed(tip, places.ROOT, places.SIGNATURES)


def _signed(tip: Snapshot, path: str, folder: str) -> _Signed:
    content = required(tip, path)
    names = [name for name in tip.names(folder) if name.endswith(".sig")]
    refuse_unless(len(names) <= MOST_SIGNATURES, STEP, f"{folder} has more than {MOST_SIGNATURES} signatures")
    return _Signed(
        read(content, Root, path), content, tuple(required(tip, f"{folder}/{name}") for name in names)
    )


def _signers(signed: _Signed, by: Anchor | Root, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Enough people who signed a root, each by a key of their own.

    Raises:
        VerificationError: there are not enough.
    """
    keys = {person: PublicKey.parse(key) for person, key in by.keys.items()}
    refuse_unless(len(set(keys.values())) == len(keys), STEP, "two people of the trust root have one key")
    good: dict[str, None] = {}
    for signature in signed.signatures:
        if len(good) < by.threshold and (person := _signer(signed.content, signature, keys, environ)):
            good[person] = None
    refuse_unless(
        len(good) >= by.threshold,
        STEP,
        f"the trust root {signed.root.version} is signed by {len(good)} of the {by.threshold} needed keys: "
        f"{', '.join(f'{person} {key.fingerprint}' for person, key in sorted(keys.items()))}",
    )
    return tuple(good)


def _signer(
    content: bytes, signature: bytes, keys: Mapping[str, PublicKey], environ: Mapping[str, str]
) -> str | None:
    """Who of these made this signature; a stranger's, or rubbish, counts for nothing."""
    try:
        claimed = parse_sshsig(signature).public_key
        person = next((name for name, key in keys.items() if key == claimed), None)
        if person is None:
            return None
        principal = f"{person}@root.gitreg"  # what ssh-keygen wants to know a signer by; the key decides
        allowed = [AllowedSigner(principal, claimed)]
        verify(
            content,
            signature,
            principal=principal,
            namespace=NAMESPACE,
            allowed=allowed,
            revoked=(),
            environ=environ,
        )
    except VerificationError:
        return None
    return person


def _settings(tip: Snapshot, root: Root, registry: Registry) -> RegistrySettings:
    settings = read(required(tip, places.REGISTRY), RegistrySettings, places.REGISTRY)
    refuse_unless(
        settings.id == root.registry, STEP, "gitreg.yaml and the trust root are of different registries"
    )
    for said, who in (
        (root.accepted_branch, "the root keys"),
        (settings.accepted_branch, "its own gitreg.yaml"),
    ):
        refuse_unless(
            said == registry.settings.accepted_branch,
            STEP,
            f"{registry.settings.accepted_branch} is not the accepted branch: that is {said}, by {who}",
        )
    return settings


def _named_files(root: Root) -> list[tuple[TrustFile, str, Digest]]:
    return [(name, path, root.files[name]) for name, path in TRUST_FILES.items() if name in root.files]


def _trust_file(tip: Snapshot, path: str, signed: Digest) -> bytes:
    content = required(tip, path)
    refuse_unless(Digest.of(content) == signed, STEP, f"{path} is not the one that the root keys signed")
    return content
