"""Where gitreg's stores show another thing than MLflow's SQL store, and why; a case that agrees again must leave the list.

Two differences are everywhere, so cases look past them, and `test_conform_differences.py` sees that they are there: a version has
the tags `gitreg.version` and `gitreg.state`; and a stage of the registry is protected, so these registries have none
that MLflow knows.
"""

from __future__ import annotations

LARGER = "gitreg's filters are more than MLflow's: what means something there is answered, not refused (docs/filter.md)"
STRICTER = (
    "MLflow reads on after a filter's end, or without an `and`; gitreg says where it stops to understand"
)
SEARCH = "test_conform_run_search.py::test_filters_that_mean_nothing_are_refused"
ATTRIBUTES = "test_conform_run_search.py::test_filters_of_attributes"

DIFFERENCES: dict[str, str] = {
    "test_conform_experiments.py::test_a_run_that_was_deleted_before_comes_back_with_its_experiment": (
        "an experiment's deletion writes nothing to its runs, so one that was deleted by itself stays so"
    ),
    "test_conform_inputs.py::test_the_longest_descriptions_are_logged": (
        "a record has at most 1 MiB: longer descriptions of data are left out, and keys have at most 250 characters"
    ),
    "test_conform_logged_model_search.py::test_filters_of_models[status = 'READY'-None]": (
        "MLflow compares the word with a number, and so never finds one"
    ),
    "test_conform_logging.py::test_nan_among_numbers": "NaN is less than every number, not 0",
    "test_conform_logging.py::test_zero_below_zero": "the sign of -0.0 is kept",
    "test_conform_run_order.py::test_orders_that_mean_nothing_are_refused[order6]": LARGER,
    f"{SEARCH}[params.rate = 0.1]": LARGER,
    f"{SEARCH}[metrics.loss > 1 OR metrics.loss < 0]": LARGER,
    f"{SEARCH}[run_name IN ('one', 'four')]": LARGER,
    f"{SEARCH}[status IN ('RUNNING', 'FAILED')]": LARGER,
    f"{SEARCH}[metrics.loss IN (1, 2)]": LARGER,
    f"{SEARCH}[params.rate = '0.1' and (params.opt = 'x')]": LARGER,
    "test_conform_run_search.py::test_other_things_are_not_sought_by_missing[metrics.loss IS NULL]": LARGER,
    "test_conform_run_search.py::test_other_things_are_not_sought_by_missing[status IS NULL]": LARGER,
    f"{ATTRIBUTES}[status = 'running'-names6]": "a status is a word of gitreg's, too, which writes it small",
    f"{ATTRIBUTES}[metrics.loss > 1 metrics.loss < 4-names30]": STRICTER,
    f"{ATTRIBUTES}[metrics.loss > 3 and-names31]": STRICTER,
    "test_conform_run_search.py::test_filters_of_artifact_addresses": (
        "an address is computed when it is asked for, so that a moved registry gives right ones; none is kept to be sought"
    ),
    "test_conform_runs.py::test_a_run_may_have_no_user": "a candidate without a user is one that gitreg itself logged",
    "test_conform_runs.py::test_a_run_is_named_by_its_tag_and_by_its_name": (
        "a run's name is a field, and its tag shows it, so the tag alone is not deleted"
    ),
}
"""`file::case` -> the reason."""
