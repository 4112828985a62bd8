"""`gitreg doctor --ci`: which tiers a job has, tried harmlessly; and what the doctor says of the forge."""

from __future__ import annotations

from dataclasses import replace

from clinic import Clinic
from forge_desk import ForgeDesk

from gitreg.documents.writer import write
from gitreg.domain.registry import ForgeSettings
from gitreg.workflows.doctor.base import Diagnosis, RegistrySubject
from gitreg.workflows.doctor.ci_tiers import Tier, ci_tiers
from gitreg.workflows.doctor.forge import find_forge_faults
from gitreg.workflows.doctor.settings import find_bad_settings
from gitreg.workflows.verification.anchor import anchor_text
from gitreg.workflows.verification.current_anchor import current_anchor

NAMES = ["no token", "job token", "push", "project token", "signing key", "anchor"]


def tiers(work: ForgeDesk, **how: bool) -> dict[str, Tier]:
    """The tiers by name."""
    return {one.name: one for one in ci_tiers(work.desk.open(), **how)}


def states(work: ForgeDesk, **how: bool) -> list[str]:
    """Their states, in order."""
    return [one.state for one in tiers(work, **how).values()]


def finding(work: ForgeDesk, code: str, *, offline: bool = False) -> Diagnosis:
    """The one finding of that kind, by the checks of settings and of the forge."""
    registry = work.desk.open()
    subject = RegistrySubject(
        repository=registry.repository,
        environ=work.desk.environ,
        now=work.desk.author.when,
        registry=registry,
        offline=offline,
    )
    found = [*find_forge_faults(subject), *find_bad_settings(subject)]
    assert work.desk.environ.get("GITREG_TOKEN", "glpat-") not in str(found)
    [one] = [one for one in found if one.kind.code == code] or [None]
    assert one is not None, found
    return one


def test_a_job_with_nothing_set(shared: ForgeDesk) -> None:
    """Its own token reads; each further tier is told with the page of GitLab where it is set."""
    token = shared.let_job_in()
    shared.forge.ask_for_tokens()
    shared.desk.git("remote", "set-url", "origin", shared.forge.remote_with(token, "gitlab-ci-token"))
    shared.desk.git("config", "--unset", "user.signingkey")

    found = tiers(shared)

    assert list(found) == NAMES
    assert states(shared) == ["available", "available", "missing", "missing", "missing", "missing"]
    assert token not in str(found)
    assert "Allow Git push requests to the repository" in (found["push"].setting or "")
    assert "Settings > Access tokens" in (found["project token"].setting or "")
    assert "GITREG_SIGNING_KEY: type File, protected" in (found["signing key"].setting or "")
    assert "GITREG_ANCHOR: type File" in (found["anchor"].setting or "")


def test_a_job_with_everything(shared: ForgeDesk) -> None:
    """Nothing more is to be set, and nothing was written: no push, no merge request, no note."""
    shared.let_job_in()
    shared.let_in()
    anchor = shared.desk.path.parent / "anchor.json"
    anchor.write_text(anchor_text(current_anchor(shared.desk.open())))
    shared.desk.environ["GITREG_ANCHOR"] = str(anchor)

    found = tiers(shared)

    assert [one.state for one in found.values()] == ["available"] * 6
    assert [one.setting for one in found.values()] == [None] * 6
    assert set(shared.calls) == {"GET"}
    assert shared.forge.pushes == []


def test_what_is_set_and_does_not_work(shared: ForgeDesk) -> None:
    """An expired token, a key that is no signer's, an anchor that is none: refused, and the command ends with 1."""
    token = shared.let_in(expired=True)
    broken = shared.desk.path.parent / "anchor.json"
    broken.write_text("{}")
    shared.desk.environ |= {"GITREG_ANCHOR": str(broken), "GITREG_SIGNING_KEY": "/nowhere"}
    shared.desk.git("config", "user.signingkey", "/nowhere")

    found = tiers(shared)
    said = Clinic(shared.desk, shared.desk.path).run("gitreg doctor --ci")

    assert [found[name].state for name in NAMES[3:]] == ["refused"] * 3
    assert said.returncode == 1
    assert token not in said.stdout + said.stderr + str(found)


def test_offline_nobody_is_asked(shared: ForgeDesk) -> None:
    """What only an answer would tell is unknown."""
    shared.let_job_in()
    shared.let_in()

    assert states(shared, offline=True)[1:4] == ["unknown"] * 3
    assert (shared.calls, shared.forge.git_requests) == ([], [])


def test_a_forge_that_does_not_answer_is_unknown(shared: ForgeDesk) -> None:
    """Not missing, and not refused."""
    shared.let_in()
    shared.forge.fault(502, path="/api/*", times=20)

    assert tiers(shared)["project token"].state == "unknown"


def test_a_gitreg_yaml_that_names_another_host(shared: ForgeDesk) -> None:
    """No token is tried there."""
    shared.let_in()
    forge = ForgeSettings(kind="gitlab", url="https://evil.example")
    shared.desk.commit(
        {"gitreg.yaml": write(shared.desk.registry.settings.model_copy(update={"forge": forge}))}
    )
    shared.desk.git("push", "-q", "origin", "main")

    found = tiers(shared)["project token"]

    assert found.state == "missing"
    assert "evil.example" in found.found
    assert finding(shared, "forge-not-named").command == "git config gitreg.forgeUrl https://evil.example"


def test_the_doctor_says_which_forge_and_why(shared: ForgeDesk) -> None:
    """A note, with the token's source and never the token."""
    shared.let_in()

    found = finding(shared, "forge")

    assert found.severity == "note"
    assert (
        found.what == "merge requests are opened by GitLab's API on 127.0.0.1, with the token of GITREG_TOKEN"
    )
    assert found.why == "git config gitreg.forge says so"


def test_the_doctor_tries_the_token(shared: ForgeDesk) -> None:
    """One that expired is found before it is needed; offline it is not tried."""
    shared.let_in(expired=True)

    assert finding(shared, "forge-refuses").command == "git config gitreg.forge push-options"
    del shared.forge.requests[:]
    assert finding(shared, "forge", offline=True)
    assert shared.calls == []


def test_a_setting_that_is_none_is_mended(shared: ForgeDesk) -> None:
    """What a hand mistyped is found, with the command that takes it away."""
    shared.desk.git("config", "gitreg.forge", "GitLab")

    found = finding(shared, "bad-setting")

    assert (found.what, found.command) == (
        "gitreg.forge is 'GitLab'",
        "git config --local --unset-all gitreg.forge",
    )


def test_a_host_that_nothing_is_known_of(shared: ForgeDesk) -> None:
    """It is said how to tell gitreg what it is."""
    shared.desk.git("config", "--global", "--unset", "gitreg.forge")

    found = finding(shared, "forge")

    assert found.what == "no merge requests are opened on 127.0.0.1"
    assert found.command == "git config gitreg.forge gitlab"


def test_a_runners_clone_that_has_no_branch(shared: ForgeDesk) -> None:
    """Shallow, detached and without branches, as GitLab's runner makes it: what cannot be tried is unknown."""
    desk = replace(shared.desk, path=shared.desk.path.parent / "runner", _opened=[])
    desk.path.mkdir()
    desk.git("init", "-q")
    desk.git("remote", "add", "origin", shared.forge.remote_url)
    desk.git("fetch", "-q", "--depth", "20", "--refmap=", "origin", "+refs/heads/main:refs/x")
    desk.git("checkout", "-q", "--detach", "refs/x")

    found = {one.name: one for one in ci_tiers(desk.registry)}
    desk.close()

    assert found["push"].state == "unknown"
    assert "gitreg ci" in found["push"].found
