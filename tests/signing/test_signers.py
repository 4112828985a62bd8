"""The lists of allowed signers and of revoked keys."""

from __future__ import annotations

import subprocess
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.errors import RecordError, UsageError
from gitreg.signing import (
    AllowedSigner,
    PublicKey,
    SigningKey,
    format_allowed_signers,
    format_revoked_keys,
    parse_allowed_signers,
    parse_revoked_keys,
)

PREFIX = b"\0\0\0\x0bssh-ed25519\0\0\0\x20"


def a_key(seed: bytes) -> PublicKey:
    return PublicKey("ssh-ed25519", b64encode(PREFIX + seed).decode())


KEY, OTHER = a_key(bytes(32)), a_key(bytes(31) + b"x")
keys = st.binary(min_size=32, max_size=32).map(a_key)
principals = st.from_regex(r"[a-z0-9_][a-z0-9._%+-]{0,20}@[a-z0-9][a-z0-9.-]{0,20}", fullmatch=True)
signer_lists = st.lists(
    st.builds(AllowedSigner, principals, keys), unique_by=lambda signer: signer.key, max_size=6
)


@settings(deadline=None)
@given(signer_lists)
def test_allowed_signers_come_back_as_written(signers: list[AllowedSigner]):
    """What is written is read, in the same order."""
    assert parse_allowed_signers(format_allowed_signers(signers)) == tuple(signers)


@settings(deadline=None)
@given(st.lists(keys, unique=True, max_size=6))
def test_revoked_keys_come_back_as_written(revoked: list[PublicKey]):
    """What is written is read, in the same order."""
    assert parse_revoked_keys(format_revoked_keys(revoked)) == tuple(revoked)


def test_comments_and_blank_lines_say_nothing():
    """People explain their lists."""
    text = f'# keys of Zoë\n\nada@example.com namespaces="git" {KEY} ada@laptop\n'.encode()

    assert parse_allowed_signers(text) == (AllowedSigner("ada@example.com", KEY),)


def test_nobody_may_be_allowed_and_nothing_revoked():
    """An empty file is an empty list."""
    assert parse_allowed_signers(b"") == parse_revoked_keys(b"") == ()


LINE = f'ada@example.com namespaces="git" {KEY}'
BAD_LINES = {
    "star": LINE.replace("ada@", "*@"),
    "question mark": LINE.replace("ada", "ad?"),
    "list": LINE.replace("ada@example.com", "ada@example.com,eve@example.com"),
    "negation": f"!{LINE}",
    "quoted principal": LINE.replace("ada@example.com", '"ada@example.com"'),
    "no address": LINE.replace("ada@example.com", "ada"),
    "option as principal": LINE.replace("ada@example.com", "-ada@example.com"),
    "non-ASCII principal": LINE.replace("ada", "\u0430da"),
    "no namespace": f"ada@example.com {KEY}",
    "two namespaces": LINE.replace('"git"', '"git,file"'),
    "any namespace": LINE.replace('"git"', '"*"'),
    "other namespace": LINE.replace('"git"', '"file"'),
    "unquoted namespace": LINE.replace('"git"', "git"),
    "authority": LINE.replace("namespaces", "cert-authority,namespaces"),
    "authority as word": LINE.replace("namespaces", "cert-authority namespaces"),
    "validity": LINE.replace('"git"', '"git",valid-after="20200101"'),
    "end of validity": LINE.replace('"git"', '"git",valid-before="20300101"'),
    "two blanks": LINE.replace(" ", "  ", 1),
    "tab": LINE.replace(" ", "\t", 1),
    "leading blank": f" {LINE}",
    "CRLF": f"{LINE}\r",
    "NUL": f"{LINE}\0",
    "escape": f"{LINE} \x1b[2J",
    "line separator": f"# a\u2028{LINE}",
    "next line": f"# a\x85{LINE}",
    "carriage return in a comment": f"# a\r{LINE}",
    "bidi": f"{LINE} \u202e",
    "certificate": LINE.replace("ssh-ed25519 ", "ssh-ed25519-cert-v01@openssh.com "),
    "long": f"# {'x' * 9000}",
}


@pytest.mark.parametrize("line", BAD_LINES.values(), ids=BAD_LINES)
def test_a_line_with_another_meaning_is_refused_at_its_place(line: str):
    """No pattern, authority, other option or hidden character; the error says where."""
    with pytest.raises(RecordError) as refused:
        parse_allowed_signers(f"# first\n\n{line}\n".encode())

    assert refused.value.place == ".gitreg/trust/allowed_signers:3:1"


@pytest.mark.parametrize(
    "line", [LINE, "ssh-dss AAAA", f"{KEY}\r", f"@revoked {KEY}", "SSHKRL\n\0", f" {KEY}"]
)
def test_a_line_that_is_no_key_cannot_be_revoked(line: str):
    """ssh-keygen skips what it does not understand, so a broken line would revoke nothing."""
    with pytest.raises(RecordError) as refused:
        parse_revoked_keys(f"{OTHER}\n{line}\n".encode())

    assert refused.value.place == ".gitreg/trust/revoked_keys:2:1"


def test_a_key_belongs_to_one_principal():
    """A key that stands for two people could sign for both."""
    text = f"{LINE}\n{LINE.replace('ada', 'eve')}\n".encode()

    with pytest.raises(RecordError, match="second time") as refused:
        parse_allowed_signers(text)
    assert refused.value.place == ".gitreg/trust/allowed_signers:2:1"


def test_a_key_is_revoked_once():
    """A repeated line is a sign of a broken merge."""
    with pytest.raises(RecordError, match="second time"):
        parse_revoked_keys(f"{KEY}\n{KEY} again\n".encode())


def test_a_repeated_key_is_not_written():
    """Nothing is written that could not be read."""
    with pytest.raises(UsageError, match="twice"):
        format_allowed_signers([AllowedSigner("a@x", KEY), AllowedSigner("b@x", KEY)])
    with pytest.raises(UsageError, match="twice"):
        format_revoked_keys([KEY, KEY])


def test_one_principal_may_have_two_keys():
    """Keys are rotated, and people have two machines."""
    signers = (AllowedSigner("a@x", KEY), AllowedSigner("a@x", OTHER))

    assert parse_allowed_signers(format_allowed_signers(signers)) == signers


def test_a_thousand_lines_are_enough():
    """The size of what a stranger sends is bounded."""
    assert parse_allowed_signers(b"\n" * 1000) == ()

    with pytest.raises(RecordError, match="1000 lines"):
        parse_allowed_signers(b"\n" * 1000 + b"# more")


def test_bytes_that_are_no_text_are_refused():
    """Latin-1 in a comment is refused, for readers would differ."""
    with pytest.raises(RecordError, match="UTF-8"):
        parse_allowed_signers(b"# Zo\xeb\n")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(text: bytes):
    """No input makes another error than the expected one."""
    try:
        signers = parse_allowed_signers(text)
    except RecordError:
        return
    assert parse_allowed_signers(format_allowed_signers(signers)) == signers


@settings(deadline=None)
@given(st.data())
def test_a_changed_line_never_names_somebody_else_with_a_pattern(data: st.DataObject):
    """Whatever single character is put into a good line, it is refused or still names one plain principal."""
    place = data.draw(st.integers(0, len(LINE)))
    text = LINE[:place] + data.draw(st.characters(codec="utf-8")) + LINE[place:]

    try:
        signers = parse_allowed_signers(text.encode())
    except RecordError:
        return
    assert all(not set('*?!," ') & set(signer.principal) for signer in signers)


def test_the_file_is_one_that_ssh_keygen_reads(
    key: Callable[[str], SigningKey], tmp_path: Path, environ: dict[str, str]
):
    """Plain tools use the same file."""
    signature = tmp_path / "text.sig"
    (tmp_path / "text").write_text("text")
    (tmp_path / "signers").write_bytes(
        format_allowed_signers([AllowedSigner("ada@example.com", key("ada").public)])
    )
    subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", "git", "-f", key("ada").file, tmp_path / "text"], check=True
    )
    found = subprocess.run(
        ["ssh-keygen", "-Y", "find-principals", "-f", tmp_path / "signers", "-s", signature],
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout == "ada@example.com\n"
