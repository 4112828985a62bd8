"""Runs: made, read, named, tagged, ended, deleted, restored, purged."""

from __future__ import annotations

import pytest
from conformity import case
from grounds import INVALID, MISSING, Place, refused, told
from mlflow.entities import RunStatus, RunTag
from mlflow.utils.name_utils import _GENERATOR_PREDICATES

NAME = "mlflow.runName"
STATUSES = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]


@case
def test_a_run_says_what_it_was_made_with(at: Place) -> object:
    """When it is made, and when it is read again."""
    made = at.store.create_run(at.experiment(), "ada", 123, [RunTag("b", "2"), RunTag("a", "1")], "first")
    at.call(made.info.run_id, "run")
    found = at.store.get_run(made.info.run_id)

    assert made.info.run_name == found.info.run_name == "first"
    assert found.data.tags == {"a": "1", "b": "2", NAME: "first"}
    assert (found.info.start_time, found.info.end_time) == (123, None)
    assert (found.info.status, found.info.lifecycle_stage) == ("RUNNING", "active")
    assert found.info.user_id == "ada"
    return [told(found), made.data.tags, made.info.status, made.inputs.dataset_inputs]


@case
def test_ids_of_runs_are_32_hexadecimal_digits(at: Place) -> object:
    """As MLflow's are."""
    run = at.run()

    assert len(run) == 32
    assert set(run) <= set("0123456789abcdef")
    return []


@case
def test_a_run_becomes_a_message(at: Place) -> object:
    """So nothing in it has a type that the protocol does not carry."""
    run = at.run()
    at.batch(run, [("loss", 0.5, 1, 0)], [("rate", "0.1")], [("kind", "trial")])
    at.dataset(run, "train", context="training")
    message = at.store.get_run(run).to_proto()
    at.store.get_experiment(message.info.experiment_id).to_proto()

    assert message.data.metrics[0].value == 0.5
    assert [one.value for one in message.data.params] == ["0.1"]
    return []


@case
def test_a_run_may_be_named_by_its_tag(at: Place) -> object:
    """The tag is the name."""
    made = at.store.create_run(at.experiment(), "ada", 0, [RunTag(NAME, "by tag")], None)

    assert made.info.run_name == "by tag"
    assert at.store.get_run(made.info.run_id).data.tags == {NAME: "by tag"}
    return []


@case
def test_two_names_are_refused(at: Place) -> None:
    """Unless they are the same."""
    experiment = at.experiment()
    at.store.create_run(experiment, "ada", 0, [RunTag(NAME, "one")], "one")

    refused(
        INVALID,
        "Both 'run_name' argument and 'mlflow.runName' tag are specified",
        at.store.create_run,
        experiment,
        "ada",
        0,
        [RunTag(NAME, "two")],
        "one",
    )


@case
@pytest.mark.parametrize("name", [None, ""])
def test_a_run_without_a_name_gets_one(at: Place, name: str | None) -> object:
    """Of the words that MLflow uses."""
    made = at.store.create_run(at.experiment(), "ada", 0, [], name)
    found = at.store.get_run(made.info.run_id)

    assert found.info.run_name.split("-")[0] in _GENERATOR_PREDICATES
    assert found.data.tags == {NAME: found.info.run_name}
    return []


@case
def test_names_of_runs_are_any_text(at: Place) -> object:
    """They come back as they were, while it runs and after."""
    names, experiment = ("a b", "ünï", "x/y", "..", "-x", "a\nb", "x" * 200, "#1: [a]"), at.experiment()
    runs = [at.run(name, experiment) for name in names]
    while_running = [at.store.get_run(run).info.run_name for run in runs]
    for run in runs:
        at.end(run)

    assert while_running == [at.store.get_run(run).info.run_name for run in runs] == list(names)
    return []


@case
def test_names_of_runs_may_be_the_same(at: Place) -> object:
    """Two runs of an experiment may have one name."""
    experiment = at.experiment()
    at.run("same", experiment)
    at.run("same", experiment)

    assert at.found(experiment) == ["same", "same"]
    return []


@case
def test_a_run_may_have_no_user(at: Place) -> object:
    """An empty one is kept."""
    made = at.store.create_run(at.experiment(), "", 0, [], "run")

    assert at.store.get_run(made.info.run_id).info.user_id == ""
    return []


@case
@pytest.mark.parametrize("start", [0, 1, 1_700_000_000_123, 4_102_444_800_000])
def test_start_times_are_kept_to_the_millisecond(at: Place, start: int) -> object:
    """From the epoch on, while it runs and after."""
    run = at.run(start=start)
    before = at.store.get_run(run).info.start_time
    at.end(run, end=start + 1)
    info = at.store.get_run(run).info

    assert (before, info.start_time, info.end_time) == (start, start, start + 1)
    return []


@case
def test_a_run_that_is_not_there_is_missing(at: Place) -> None:
    """Whatever is asked of it."""
    lost = "0" * 32
    for act, *rest in (
        (at.store.get_run,),
        (at.store.delete_run,),
        (at.store.restore_run,),
        (at.store.update_run_info, RunStatus.FINISHED, 1, None),
        (at.tag, "a", "b"),
        (at.store.delete_tag, "a"),
        (at.param, "a", "b"),
        (at.metric, "a", 1.0),
        (at.batch,),
        (at.dataset, "train"),
    ):
        refused(MISSING, f"Run with id={lost} not found", act, lost, *rest)


@case
@pytest.mark.parametrize("run", ["no-such-run", "../../x", "a" * 31, "ZZ", " "])
def test_other_texts_are_no_runs(at: Place, run: str) -> None:
    """They are missing, as every other id is."""
    refused(MISSING, "Run with id=.* not found", at.store.get_run, run)


@case
@pytest.mark.parametrize("status", STATUSES)
def test_a_run_has_the_status_that_it_was_given(at: Place, status: str) -> object:
    """The answer says so, and whoever reads it later."""
    run = at.run()
    answer = at.end(run, status, 777)
    found = at.store.get_run(run).info

    assert (answer.status, answer.end_time) == (status, 777)
    assert (found.status, found.end_time) == (status, 777)
    return told(at.store.get_run(run))


@case
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("RUNNING", "SCHEDULED"),
        ("SCHEDULED", "RUNNING"),
        ("SCHEDULED", "SCHEDULED"),
        ("RUNNING", "KILLED"),
        ("FINISHED", "FINISHED"),
        ("FINISHED", "RUNNING"),
        ("FAILED", "SCHEDULED"),
        ("FAILED", "KILLED"),
        ("KILLED", "FINISHED"),
    ],
)
def test_a_status_may_follow_any_other(at: Place, first: str, second: str) -> object:
    """An ended run may run again."""
    run = at.run()
    at.end(run, first, 10)
    at.end(run, second, 20)

    assert at.store.get_run(run).info.status == second
    assert at.store.get_run(run).info.end_time == 20
    return told(at.store.get_run(run))


@case
def test_what_is_not_given_stays(at: Place) -> object:
    """Status, end and name, one by one."""
    run = at.run("first")
    at.store.update_run_info(run, RunStatus.FINISHED, 5, None)
    at.store.update_run_info(run, None, None, "second")
    after_name = told(at.store.get_run(run))
    at.store.update_run_info(run, None, 6, None)
    at.store.update_run_info(run, RunStatus.FAILED, None, "")
    found = at.store.get_run(run)

    assert (after_name["name"], after_name["status"], after_name["times"]) == ("second", "FINISHED", (1, 5))
    assert (found.info.run_name, found.info.status, found.info.end_time) == ("second", "FAILED", 6)
    return [after_name, told(found)]


@case
def test_a_run_is_named_by_its_tag_and_by_its_name(at: Place) -> object:
    """Both ways, in both directions; a deleted tag leaves the name."""
    run = at.run("first")
    seen = []

    def look() -> None:
        found = at.store.get_run(run)
        seen.append((found.info.run_name, found.data.tags.get(NAME)))

    for act in (
        lambda: at.end(run, name="second"),
        lambda: at.end(run, name=None),
        lambda: at.store.delete_tag(run, NAME),
        lambda: at.end(run, name="third"),
        lambda: at.tag(run, NAME, "fourth"),
        lambda: at.batch(run, tags=[(NAME, "fifth")]),
    ):
        act()
        look()

    assert seen == [
        ("second", "second"),
        ("second", "second"),
        ("second", None),
        ("third", "third"),
        ("fourth", "fourth"),
        ("fifth", "fifth"),
    ]
    return seen


@case
@pytest.mark.parametrize("running", [True, False])
def test_a_run_is_renamed_while_it_runs_and_after(at: Place, running: bool) -> object:
    """And found by the new name only."""
    experiment = at.experiment()
    run = at.run("old", experiment)
    if not running:
        at.end(run)
    at.store.update_run_info(run, None, None, "new")

    assert at.found(experiment, "attributes.run_name = 'new'") == ["new"]
    assert at.found(experiment, "attributes.run_name = 'old'") == []
    assert at.found(experiment, f"tags.`{NAME}` = 'new'") == ["new"]
    return told(at.store.get_run(run))


@case
@pytest.mark.parametrize("running", [True, False])
def test_tags_are_set_and_set_again(at: Place, running: bool) -> object:
    """While it runs, and after."""
    run = at.run()
    if not running:
        at.end(run)
    at.tag(run, "kind", "trial")
    at.tag(run, "kind", "final")
    at.tag(run, "lines", "one\ntwo\n")
    at.batch(run, tags=[("kind", "better"), ("other", "a"), ("other", "b")])

    found = at.store.get_run(run).data.tags
    assert found == {NAME: "run", "kind": "better", "lines": "one\ntwo\n", "other": "b"}
    return found


@case
def test_any_text_is_a_tag_s_value(at: Place) -> object:
    """It comes back as it was, while the run runs and after."""
    texts = ("", " ", " x ", "ünï", "x" * 8000, "[1]", "true", "null", "0123", "- a", "a: b", "'\"", "a\nb")
    run, tags = at.run(), {f"key {number}": text for number, text in enumerate(texts)}
    for key, text in tags.items():
        at.tag(run, key, text)
    before = at.store.get_run(run).data.tags
    at.end(run)

    assert before == at.store.get_run(run).data.tags == tags | {NAME: "run"}
    return before


@case
def test_longer_tags_are_cut_or_refused(at: Place, monkeypatch: pytest.MonkeyPatch) -> object:
    """As MLflow's variable says; 8,000 characters are the limit."""
    run = at.run()
    monkeypatch.setenv("MLFLOW_TRUNCATE_LONG_VALUES", "false")
    refused(INVALID, "exceeds the maximum length of 8000 characters", at.tag, run, "long", "x" * 8001)
    monkeypatch.setenv("MLFLOW_TRUNCATE_LONG_VALUES", "true")
    at.tag(run, "long", "x" * 8001)

    assert at.store.get_run(run).data.tags["long"] == "x" * 8000
    return []


@case
@pytest.mark.parametrize("kind", ["tag", "param", "metric", "batch"])
def test_keys_that_mean_nothing_are_refused(at: Place, kind: str) -> None:
    """For tags, parameters and metrics alike."""
    run = at.run()
    for key in ("", None, "../a", "/a", "a//b", "x" * 251, "a*", "a\0b", "./a"):
        if kind == "batch":
            refused(INVALID, ".", at.batch, run, [(key, 1.0, 1, 0)])
            refused(INVALID, ".", at.batch, run, [], [(key, "value")])
            refused(INVALID, ".", at.batch, run, [], [], [(key, "value")])
        else:
            refused(INVALID, ".", getattr(at, kind), run, key, 1.0 if kind == "metric" else "value")
    assert told(at.store.get_run(run))["metrics"] == []


@case
def test_keys_are_words_with_a_few_signs(at: Place) -> object:
    """The same for tags, parameters and metrics; found while it runs and after."""
    keys = ("a", "a.b", "a b", "a/b/c", "a-b_c", "a:b", "x" * 250, "ünï", "0", "mlflow.x", "null", "true")
    experiment = at.experiment()
    run = at.run(experiment=experiment)
    for key in keys:
        at.tag(run, key, "t")
        at.param(run, key, "p")
        at.metric(run, key, 1.0)
    filters = [f"tags.`{key}` = 't' and params.`{key}` = 'p' and metrics.`{key}` = 1" for key in keys]
    while_running = [at.found(experiment, words) for words in filters]
    at.end(run)

    assert while_running == [at.found(experiment, words) for words in filters] == [["run"]] * len(keys)
    return told(at.store.get_run(run))


@case
@pytest.mark.parametrize("running", [True, False])
def test_a_tag_is_deleted_once(at: Place, running: bool) -> object:
    """The second time it is missing; other runs keep theirs."""
    first, second = at.run("first"), at.run("second")
    for run in (first, second):
        at.tag(run, "a", "1")
        at.tag(run, "b", "2")
        if not running:
            at.end(run)
    at.store.delete_tag(first, "a")

    assert at.store.get_run(first).data.tags == {NAME: "first", "b": "2"}
    assert at.store.get_run(second).data.tags == {NAME: "second", "a": "1", "b": "2"}
    refused(MISSING, "No tag with name: a", at.store.delete_tag, first, "a")
    at.tag(first, "a", "again")
    assert at.store.get_run(first).data.tags["a"] == "again"
    return []


@case
def test_an_empty_name_leaves_the_one_that_a_run_has(at: Place) -> object:
    """Whether the tag says it, or the name."""
    run = at.run("first")
    at.tag(run, NAME, "")
    at.store.update_run_info(run, None, None, "")
    at.end(run)
    at.tag(run, NAME, "")

    found = at.store.get_run(run)
    assert (found.info.run_name, found.data.tags) == ("first", {NAME: "first"})
    return []


@case
def test_a_number_as_a_tag_is_its_text(at: Place) -> object:
    """MLflow's client sends what it was given: `start_run(tags={"epochs": 5})`."""
    made = at.store.create_run(at.experiment(), "ada", 0, [RunTag("epochs", 5)], "first")  # type: ignore[arg-type]

    assert at.store.get_run(made.info.run_id).data.tags["epochs"] == "5"
    return []
