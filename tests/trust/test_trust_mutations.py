"""Whatever stands in the trust files, the rule answers; and what it lets pass is what was signed."""

from __future__ import annotations

import os

from desk import Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitreg.checks import CommitFiles, HeldFiles
from gitreg.checks.trust_chain import first_fault
from gitreg.documents import places

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def test_no_mutation_of_an_accepted_file_passes(desk: Desk) -> None:
    """One piece replaced, put in or cut out, in any file: a fault is named, and nothing else happens."""
    accepted = desk.registry.accepted
    files = {path: accepted.file(path) or b"" for path in accepted.paths(places.TRUST)}
    noise = st.one_of(
        st.binary(max_size=12), st.sampled_from([b"\n", b"#", b": ", b"- ", b"ada", b"SHA256:", b"1"])
    )

    @settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
    @given(st.sampled_from(sorted(files)), st.floats(0, 1), st.integers(0, 20), noise)
    def passes_only_unchanged(path: str, where: float, cut: int, put: bytes) -> None:
        content = files[path]
        at = int(where * len(content))
        changed = content[:at] + put + content[at + cut :]
        fault = first_fault(CommitFiles(accepted), HeldFiles({**files, path: changed}), os.environ)
        assert (fault is None) == (changed == content)

    passes_only_unchanged()
