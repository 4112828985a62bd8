"""Steps names, object, name: what is no release by its form is refused before any key is looked at."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
from workshop import ADA, OTHER_ID, V1, V2, Workshop

from gitreg.errors import NotFoundError
from gitreg.signing import format_tag, sign

RELEASE = "refs/tags/model/churn/v1.0.0"


@pytest.mark.parametrize(
    "reference",
    [
        "", "@", "churn", "churn@", "@1.0.0", "churn@1.0", "churn@01.0.0", "churn@1.0.0+build", "churn@1.0.0\n",
        "churn@1.0.0 ", "Churn@1.0.0", "../churn@1.0.0", "-churn@1.0.0", "--upload-pack=x@1.0.0", "churn@none",
        "churn@Production", "churn@$(id)", "churn@1.0.0\0", "churn!1.0.0", "7f3a", "churn/best", "churn@1.0.0@2.0.0",
        "con@1.0.0", "churn.lock@1.0.0", "chürn@1.0.0", "model/churn", "model/churn/1.0.0", "model/churn/v1.0.0^{}",
        "model/churn/v1.0.0~1", "refs/tags/refs/tags/model/churn/v1.0.0", "refs/heads/model/churn/v1.0.0",
        "resign/churn/v1.0.0/0", "retire/churn/v1.0.0", "stage/churn/production/1", "main", "HEAD", "model/*/v1.0.0",
    ],
)  # fmt: skip
def test_a_name_of_another_form_is_refused(honest_registry: Workshop, reference: str) -> None:
    """Grammars match whole, and Git never sees what they refuse."""
    assert honest_registry.refused(reference) == "names"


@pytest.mark.parametrize("reference", ["churn@1.0.0", "model/churn/v1.0.0", "refs/tags/model/churn/v1.0.0"])
def test_a_release_has_three_names(registry: Workshop, reference: str) -> None:
    """By version, by the tag's short name, by its full name: it is the same release."""
    assert registry.verify(reference).tag == RELEASE


@pytest.mark.parametrize(
    "reference",
    ["churn@9.9.9", "model/churn/v9.9.9", "resign/churn/v1.0.0/7", "fraud@1.0.0", "fraud@production"],
)
def test_what_was_never_released_is_not_found(registry: Workshop, reference: str) -> None:
    """That there is nothing is another answer (exit 3) than that it is refused."""
    with pytest.raises(NotFoundError):
        registry.verify(reference)


def _unsigned(registry: Workshop) -> None:
    message = registry.statement().message()
    registry.raw_tag(format_tag(registry.tip(), "model/churn/v1.0.0", str(ADA), 1, "+0000", message), RELEASE)


def _lightweight(registry: Workshop) -> None:
    registry.git("update-ref", RELEASE, registry.tip())


def _signed_commit_under_a_lightweight_tag(registry: Workshop) -> None:
    key = registry.keys / "ada"
    options = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}")
    made = registry.git(
        *options, "commit-tree", "-S", f"{registry.tip()}^{{tree}}", "-p", registry.tip(), "-m", "x"
    )
    registry.git("update-ref", "refs/heads/main", made)
    registry.git("update-ref", RELEASE, made)


def _nested(registry: Workshop) -> None:
    inner = registry.tip(RELEASE)
    payload = _edited(registry, lambda raw: raw, signed=False)
    payload = payload.replace(b"type commit", b"type tag").replace(registry.tip().encode(), inner.encode(), 1)
    _sign_raw(registry, payload)


def _of_a_tree(registry: Workshop) -> None:
    tree = registry.tip("refs/heads/main^{tree}")
    payload = _edited(registry, lambda raw: raw, signed=False)
    payload = payload.replace(b"type commit", b"type tree").replace(registry.tip().encode(), tree.encode(), 1)
    _sign_raw(registry, payload)


def _edited(registry: Workshop, edit: Callable[[bytes], bytes], *, signed: bool = True) -> bytes:
    message = registry.statement().message()
    payload = edit(format_tag(registry.tip(), "model/churn/v1.0.0", str(ADA), 1, "+0000", message))
    return payload + sign(payload, registry.key("ada"), "git", registry.environ) if signed else payload


def _sign_raw(registry: Workshop, payload: bytes) -> None:
    registry.raw_tag(payload + sign(payload, registry.key("ada"), "git", registry.environ), RELEASE)


def _extra_header(registry: Workshop) -> None:
    registry.raw_tag(_edited(registry, lambda raw: raw.replace(b"\n\n", b"\nextra header\n\n", 1)), RELEASE)


def _two_signatures(registry: Workshop) -> None:
    first = _edited(registry, lambda raw: raw)
    registry.raw_tag(first + sign(first, registry.key("ada"), "git", registry.environ), RELEASE)


def _text_after_the_signature(registry: Workshop) -> None:
    registry.raw_tag(_edited(registry, lambda raw: raw) + b"Version: 9.9.9\n", RELEASE)


def _carriage_returns(registry: Workshop) -> None:
    registry.raw_tag(_edited(registry, lambda raw: raw.replace(b"Gitreg: v1\n", b"Gitreg: v1\r\n")), RELEASE)


def _bytes_that_are_no_text(registry: Workshop) -> None:
    registry.raw_tag(_edited(registry, lambda raw: raw + b"\xff\xfe\n"), RELEASE)


def _huge(registry: Workshop) -> None:
    registry.raw_tag(_edited(registry, lambda raw: raw + b"line\n" * 20_000), RELEASE)


@pytest.mark.parametrize(
    "attack",
    [
        _unsigned, _lightweight, _signed_commit_under_a_lightweight_tag, _nested, _of_a_tree, _extra_header,
        _two_signatures, _text_after_the_signature, _carriage_returns, _bytes_that_are_no_text, _huge,
    ],
)  # fmt: skip
def test_only_one_form_of_tag_object_is_a_statement(
    registry: Workshop, attack: Callable[[Workshop], None]
) -> None:
    """An annotated tag of a commit, four headers, a message, one signature at the very end: nothing else will do."""
    attack(registry)

    assert registry.refused() == "object"


def test_a_good_tag_copied_to_another_name_is_refused(registry: Workshop) -> None:
    """`git verify-tag` accepts it: the signature is good, and only the ref is another's."""
    registry.git("update-ref", "refs/tags/model/churn/v2.0.0", registry.tip(RELEASE))

    assert registry.refused("churn@2.0.0") == "name"


def test_an_old_name_that_points_at_another_good_tag_is_refused(registry: Workshop) -> None:
    """Otherwise whoever rules the refs could roll 1.1.0 back to 1.0.0."""
    registry.git("update-ref", "refs/tags/model/churn/v1.1.0", registry.tip(RELEASE))

    assert registry.refused("churn@1.1.0") == "name"


def test_a_tag_whose_inner_name_is_another_is_refused(registry: Workshop) -> None:
    """The statement fits the ref, the name inside the object does not."""
    registry.tag(registry.statement(), inside="refs/tags/model/churn/v3.0.0", ref=RELEASE)

    assert registry.refused() == "name"


def test_a_tag_of_another_version_s_statement_is_refused(registry: Workshop) -> None:
    """Inner name and ref agree; what was signed is another version."""
    registry.tag(registry.statement(V2), ref=RELEASE)

    assert registry.refused() == "name"


@pytest.mark.parametrize("action", ["retire", "resign"])
def test_a_statement_of_another_action_is_no_release(registry: Workshop, action: str) -> None:
    """A retirement under a release's name would make the retired the released."""
    registry.tag(registry.statement(action=action), ref=RELEASE)

    assert registry.refused() == "name"


def test_an_assignment_is_no_release(registry: Workshop) -> None:
    """May somebody assign, they may not thereby release."""
    said = registry.statement(V1, "assign", stage="production", sequence=1)
    registry.tag(said, ref=RELEASE)

    assert registry.refused() == "name"


def test_a_release_of_another_registry_is_refused(registry: Workshop) -> None:
    """The same people sign in several registries; a release of one is none of the other."""
    registry.tag(registry.statement(registry=OTHER_ID))

    assert registry.refused() == "name"


def test_a_message_that_is_no_statement_is_refused(registry: Workshop) -> None:
    """A signed tag that people made by hand says nothing that gitreg could rest on."""
    payload = format_tag(registry.tip(), "model/churn/v1.0.0", str(ADA), 1, "+0000", "Release churn 1.0.0\n")
    registry.raw_tag(payload + sign(payload, registry.key("ada"), "git", registry.environ), RELEASE)

    assert registry.refused() == "name"


def test_a_branch_of_the_tag_s_name_is_not_looked_at(registry: Workshop) -> None:
    """Git itself would warn that the name is ambiguous, and choose."""
    registry.git("update-ref", "refs/heads/model/churn/v1.0.0", registry.tip("refs/heads/main~1"))
    registry.git("update-ref", "refs/tags/refs/tags/model/churn/v1.0.0", registry.tip("refs/heads/main~1"))
    registry.git("update-ref", "refs/model/churn/v1.0.0", registry.tip("refs/heads/main~1"))

    assert registry.verify().tag == RELEASE


def test_a_branch_alone_is_no_release(registry: Workshop) -> None:
    """There is no tag, so there is nothing: names are never completed."""
    registry.git("update-ref", "refs/heads/model/churn/v2.0.0", registry.tip(RELEASE + "^{commit}"))

    with pytest.raises(NotFoundError):
        registry.verify("churn@2.0.0")


def test_git_itself_accepts_the_copied_tag(registry: Workshop) -> None:
    """The reason why gitreg verifies by itself: should this test ever fail, Git has changed."""
    registry.git("update-ref", "refs/tags/model/churn/v2.0.0", registry.tip(RELEASE))
    signers = registry.path / ".gitreg/trust/allowed_signers"
    words = ["git", "-c", f"gpg.ssh.allowedSignersFile={signers}", "verify-tag", "model/churn/v2.0.0"]

    assert subprocess.run(words, cwd=registry.path, env=registry.environ, check=False).returncode == 0


def test_the_clock_of_the_tagger_decides_nothing(registry: Workshop) -> None:
    """Wrong by years, a statement is as good as ever."""
    message = registry.statement().message()
    payload = format_tag(registry.tip(), "model/churn/v1.0.0", str(ADA), 4_000_000_000, "+0000", message)
    registry.raw_tag(payload + sign(payload, registry.key("ada"), "git", registry.environ), RELEASE)

    assert registry.verify().signer == "ada"
