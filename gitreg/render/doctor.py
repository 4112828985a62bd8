"""What the doctor found, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gitreg.safe import one_line
from gitreg.workflows.doctor.base import Diagnosis, Kind
from gitreg.workflows.doctor.ci_tiers import Tier
from gitreg.workflows.doctor.examine import Examination


def examination_page(examination: Examination) -> str:
    """Three lines for each finding: what, why, and what to type; the last line of each can be pasted."""
    lines = [line for finding in examination.findings for line in _lines(finding)]
    if not lines:
        lines = [f"all is well ({examination.checks} checks)"]
    return "".join(f"{line}\n" for line in lines)


def finding_json(finding: Diagnosis) -> Mapping[str, Any]:
    """A finding for programs."""
    return {
        "code": finding.kind.code,
        "severity": finding.severity,
        "what": finding.what,
        "why": finding.why,
        "command": finding.command,
    }


def tiers_page(tiers: Sequence[Tier]) -> str:
    """What a CI job may do, tier by tier: what it brings, what was seen, and what to set where it lacks."""
    lines = []
    for tier in tiers:
        lines += [f"{tier.state}: {tier.name}: {tier.brings}", f"  {tier.found}"]
        lines += [f"  in GitLab: {tier.setting}"] if tier.setting else []
    return "".join(f"{one_line(line)}\n" for line in lines)


def tier_json(tier: Tier) -> Mapping[str, Any]:
    """A tier for programs."""
    return {
        "name": tier.name, "state": tier.state, "brings": tier.brings, "found": tier.found, "setting": tier.setting,
    }  # fmt: skip


def kinds_table(kinds: Sequence[Kind]) -> str:
    """Every kind of finding, as docs/doctor.md lists them."""
    rows = [f"| `{kind.code}` | {kind.severity} | {kind.meaning} | {_mend(kind)} |" for kind in kinds]
    return (
        "\n".join(["| finding | severity | what it is | what mends it |", "|---|---|---|---|", *rows]) + "\n"
    )


def _lines(finding: Diagnosis) -> list[str]:
    told = [f"{finding.severity}: {finding.what} [{finding.kind.code}]", f"  {finding.why}"]
    return [*map(one_line, told), *([f"  $ {one_line(finding.command)}"] if finding.command else [])]


def _mend(kind: Kind) -> str:
    """What begins like a command is written as one."""
    is_command = kind.mend.startswith(("git ", "gitreg ", "rm ", "chmod ", "pip ")) and ", " not in kind.mend
    return f"`{kind.mend}`" if is_command else kind.mend
