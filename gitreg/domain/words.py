"""Names: what may be called what, and why the rest is refused.

Names travel through file systems, refs, shells, URLs and spreadsheets. What people see may be nearly
anything; what becomes a path or a ref is a slug. Plain functions and patterns, which cost nothing to import; as types of
a record's fields they are in names.py.
"""

from __future__ import annotations

import importlib
import re
import unicodedata

SLUG = r"[a-z0-9][a-z0-9._-]{0,63}"
STAGE = r"[a-z][a-z0-9-]{0,31}"
CANDIDATE_ID = r"[0-9a-f]{32}"
ALIAS = r"[A-Za-z0-9_.-]{1,255}"
RESERVED_STAGES = frozenset({"latest", "none"})
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file: these are devices with any extension
WINDOWS_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
# `git~1` is the short name that Windows gives `.git` (git's is_ntfs_dotgit); HFS+ drops characters that show nothing
OWN_FOLDERS = re.compile(r"\.(git|dvc)|(git|dvc)~[0-9]+", re.IGNORECASE)
# Unicode's bidirectional formatting characters: they can show one text and hold another (CVE-2021-42574)
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# the byte order mark and its mirror, and what no YAML or XML may hold (https://yaml.org/spec/1.2.2/#51-character-set)
NONCHARACTERS = frozenset("\ufeff\ufffe\uffff")


def unprintable(text: str, *, allowed: str = "") -> str | None:
    """The first character of `text` that must not be shown to people as it is: control, bidi, lone surrogate."""
    if text.isascii() and text.isprintable():
        return None
    for character in text:
        if character in allowed:
            continue
        if (
            unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
            or character in BIDI
            or character in NONCHARACTERS
        ):
            return character
    return None


def _without_unprintable(text: str, what: str, allowed: str = "") -> str:
    found = unprintable(text, allowed=allowed)
    if found is not None:
        raise ValueError(f"{what} must not hold the character U+{ord(found):04X}")
    return text


def text(value: str) -> str:
    """Text that people write: any length, line feeds and tabs, no other control or bidi characters."""
    return _without_unprintable(value, "text", "\n\t")


def display_name(value: str) -> str:
    """A name that people see: 1 to 500 characters, one line, in NFC.

    Raises:
        ValueError: with what is wrong.
    """
    _without_unprintable(value, "a name")
    if not 1 <= len(value) <= 500:
        raise ValueError("a name has 1 to 500 characters")
    if value != value.strip():
        raise ValueError("a name must not begin or end with white space")
    if unicodedata.normalize("NFC", value) != value:
        raise ValueError("a name must be in Unicode's composed form (NFC)")
    return value


def key(value: str) -> str:
    """The key of a param, metric or tag: 1 to 250 characters, one line, in NFC."""
    if not 1 <= len(value) <= 250:
        raise ValueError("a key has 1 to 250 characters")
    return display_name(value)


def slug(value: str) -> str:
    """A name that is a folder and a part of a ref.

    Raises:
        ValueError: with what is wrong.
    """
    if not re.fullmatch(SLUG, value):
        raise ValueError("a slug has 1 to 64 of a-z 0-9 . _ - and starts with a letter or digit")
    if ".." in value or value.endswith((".", ".lock")):
        raise ValueError("a slug must not hold '..' nor end in '.' or '.lock': Git refuses such refs")
    if WINDOWS_DEVICES.fullmatch(value):
        raise ValueError("a slug must not be the name of a Windows device")
    return value


def alias(value: str) -> str:
    """A name that MLflow lets a version go by, beside its number.

    Raises:
        ValueError: with what is wrong; `latest` and `v7` have a meaning of their own in MLflow.
    """
    if not re.fullmatch(ALIAS, value):
        raise ValueError("an alias has 1 to 255 of A-Z a-z 0-9 _ . -")
    if re.fullmatch(r"latest|v[0-9]+", value, re.IGNORECASE):
        raise ValueError(f"an alias must not be {value!r}: MLflow takes it for a number")
    return value


def is_slug(value: str) -> bool:
    """Whether `value` is a slug."""
    try:
        slug(value)
    except ValueError:
        return False
    return True


def slug_of(name: str) -> str:
    """The slug of a thing called `name`: the name itself where it is one, else its letters and a digest.

    A pure function of the name, so that two writers make the same folder.
    """
    try:
        return slug(display_name(name))
    except ValueError:
        display_name(name)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:54].rstrip("-")
    sha256 = importlib.import_module(
        "hashlib"
    ).sha256  # of weight, and few names need one (docs/adr/0005-lazy-names.md)
    digest = sha256(name.encode()).hexdigest()[:8]
    return slug(f"{words}-{digest}" if words else digest)


def stage(value: str) -> str:
    """The name of a stage, e.g. `production`.

    Raises:
        ValueError: with what is wrong.
    """
    if not re.fullmatch(STAGE, value):
        raise ValueError("a stage has 1 to 32 of a-z 0-9 - and starts with a letter")
    if value in RESERVED_STAGES:
        raise ValueError(f"a stage must not be called '{value}': the word has another meaning")
    return value


def candidate_id(value: str) -> str:
    """A candidate's id: 32 lower-case hex digits, an MLflow run id as it stands."""
    if not re.fullmatch(CANDIDATE_ID, value):
        raise ValueError("a candidate's id has 32 lower-case hex digits")
    return value


def artifact_path(value: str) -> str:
    """The path of an artifact's file: relative, `/` between parts, nothing that leaves the folder.

    Raises:
        ValueError: with what is wrong.
    """
    _without_unprintable(value, "a path")
    if "\\" in value:
        raise ValueError("a path must not hold a backslash")
    if unicodedata.normalize("NFC", value) != value:
        raise ValueError("a path must be in Unicode's composed form (NFC)")
    if len(value.encode()) > 1024:
        raise ValueError("a path has at most 1024 bytes")
    for part in value.split("/"):
        _path_part(part)
    return value


def _path_part(part: str) -> None:
    if part in {"", ".", ".."}:
        raise ValueError("a path is relative and holds no empty part, '.' or '..'")
    if len(part.encode()) > 255:
        raise ValueError("a part of a path has at most 255 bytes")
    # NTFS: `a:b` is another stream of `a`, and `a.` and `a ` are `a`
    if ":" in part or part.endswith((".", " ")):
        raise ValueError(
            "a part of a path holds no ':' and does not end in '.' or a space: Windows drops them"
        )
    if WINDOWS_DEVICES.fullmatch(part):
        raise ValueError(f"a path must not hold '{part}', a Windows device")
    if is_own_folder(part):
        raise ValueError(f"a path must not hold '{part}', which is '.git' or '.dvc' somewhere")


def is_own_folder(part: str) -> bool:
    """Whether a part of a path is Git's or DVC's own folder, here or on another system."""
    seen = part if part.isascii() else "".join(one for one in part if unicodedata.category(one) != "Cf")
    return OWN_FOLDERS.fullmatch(seen) is not None


def folded(path: str) -> str:
    """What two paths share that a file system without case would take for one."""
    return unicodedata.normalize("NFC", path.casefold())
