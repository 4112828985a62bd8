"""`gitreg export provenance` and `gitreg export model-signing`: what is known of a release, for other tools to check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gitreg.cli.call import PATH, Call
from gitreg.cli.completing import VERSIONS
from gitreg.cli.saying import say
from gitreg.cli.session import reading
from gitreg.cli.verify import options_of, refusing_aloud, verify_options
from gitreg.cli.version import VERSION
from gitreg.safe import one_line
from gitreg.workflows.export.in_toto import envelope, json_text
from gitreg.workflows.export.model_signing import model_statement, signature_bundle
from gitreg.workflows.export.provenance import provenance as provenance_of
from gitreg.workflows.export.summary import verification_summary
from gitreg.workflows.verification.verify import Verdict, verify
from gitreg.workflows.verification.verify_deep import verify_deep
from gitreg.workflows.write_file import write_file

F = TypeVar("F", bound=Callable[..., Any])


def evidence_options(command: F) -> F:
    """What is exported, where to, signed by what; the command gets how to verify as `words`."""
    options = (
        click.argument("what", metavar="MODEL@VERSION|MODEL@STAGE|TAG", shell_complete=VERSIONS),
        click.option("-o", "--output", "file", metavar="FILE", type=PATH, help="The file, instead of stdout."),
        click.option(
            "--private-key", "key", metavar="FILE", type=PATH,
            help="Sign it by this key of the curve P-256, P-384 or P-521 (PEM).",
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return verify_options(command)


@click.command(short_help="Write how a release came to be, as SLSA provenance.")
@evidence_options
@click.pass_obj
def provenance(call: Call, /, *, what: str, file: Path | None, key: Path | None, **words: Any) -> None:  # noqa: ANN401 - verify_options names them
    """Write which files a release has, and by which code, data and parameters they were made.

    An in-toto statement with SLSA provenance v1; with --private-key in a DSSE envelope. Verifies the release first, and
    writes nothing where a step refuses.
    """
    with reading(call, distrust=True) as act:
        verdict = _verified(call, act, what, words)
        document = provenance_of(verdict)
        if key is not None:
            document, _ = envelope(document, key, act.registry.environ, named=True)
        _put(file, json_text(document))


@click.command("model-signing", short_help="Write a release's files as OpenSSF model signing has them.")
@evidence_options
@click.pass_obj
def model_signing(call: Call, /, *, what: str, file: Path | None, key: Path | None, **words: Any) -> None:  # noqa: ANN401 - verify_options names them
    """Write a statement over a release's files; with --private-key the signature that `model_signing verify key` reads.

    No byte is hashed again: the signed manifest has every file's sha256. Verifies the release first, and writes nothing
    where a step refuses.
    """
    with reading(call, distrust=True) as act:
        made = model_statement(_verified(call, act, what, words))
        document = made.document
        if key is not None:
            document = signature_bundle(document, key, act.registry.environ)
        for path in made.uncovered:
            say(one_line(f"note: model signing passes {path} over"))
        _put(file, json_text(document))


@click.command(short_help="Write the verdict on a release, as a SLSA verification summary.")
@click.option("--deep", is_flag=True, help="Prove every byte in the storage, too.")
@evidence_options
@click.pass_obj
def summary(
    call: Call,
    /,
    *,
    what: str,
    file: Path | None,
    key: Path | None,
    deep: bool,
    **words: Any,  # noqa: ANN401 - verify_options names them
) -> None:
    """Write that a release was verified: which files, when, against which trust root.

    An in-toto statement with a SLSA verification summary v1; with --private-key in a DSSE envelope, so that others can
    rest on this verifier. Where a step refuses, nothing is written.
    """
    with reading(call, distrust=True) as act:
        document = verification_summary(_verified(call, act, what, {**words, "deep": deep}), VERSION)
        if key is not None:
            document, _ = envelope(document, key, act.registry.environ, named=True)
        _put(file, json_text(document))


def _verified(call: Call, act: Any, what: str, words: dict[str, Any]) -> Verdict:  # noqa: ANN401 - of `reading`
    ask = verify_deep if words.get("deep") else verify
    verdict = refusing_aloud(None, ask, act.registry, what, options_of(call, **words), act.progress)
    for note in verdict.notes:
        say(f"note: {note}")
    return verdict


def _put(file: Path | None, content: bytes) -> None:
    if file is None:
        click.echo(content, nl=False)
        return
    write_file(file, content)
    click.echo(one_line(str(file)))
