"""MLflow's REST interface: cases of the stores once more through MLflow's server and client, and what only requests can say."""

from __future__ import annotations

from typing import Any

import pytest
import test_conform_batches as batches
import test_conform_experiment_tags as experiment_tags
import test_conform_experiments as experiments
import test_conform_histories as histories
import test_conform_inputs as inputs
import test_conform_logged_model_search as logged_search
import test_conform_logged_models as logged
import test_conform_logging as logging
import test_conform_registry_models as models
import test_conform_registry_pointers as pointers
import test_conform_registry_versions as versions
import test_conform_run_lives as run_lives
import test_conform_run_search as search
import test_conform_runs as runs
from conformity import served_case
from grounds import Place

AGAIN = [
    (experiments, "test_an_experiment_says_what_it_was_made_with"),
    (experiments, "test_a_name_is_taken_once"),
    (experiments, "test_an_id_of_no_experiment_is_refused"),
    (experiments, "test_an_experiment_is_found_by_name_or_not"),
    (experiments, "test_runs_are_deleted_and_restored_with_their_experiment"),
    (experiments, "test_a_renamed_experiment_is_found_by_its_new_name"),
    (experiment_tags, "test_a_tag_is_set_and_set_again"),
    (experiment_tags, "test_a_tag_is_deleted_once"),
    (experiments, "test_a_deleted_experiment_takes_no_runs"),
    (runs, "test_a_run_says_what_it_was_made_with"),
    (runs, "test_what_is_not_given_stays"),
    (runs, "test_a_tag_is_deleted_once", {"running": True}),
    (run_lives, "test_a_deleted_run_is_not_written_to", {"running": False}),
    (run_lives, "test_deleting_and_restoring_may_be_repeated", {"running": True}),
    (run_lives, "test_children_name_their_parent"),
    (logging, "test_parameters_are_logged", {"running": True}),
    (logging, "test_another_value_of_a_parameter_is_refused", {"running": False}),
    (logging, "test_the_last_metric_has_the_highest_step_then_time_then_value", {"running": True}),
    (logging, "test_values_without_a_number_are_kept", {"running": True}),
    (batches, "test_a_batch_logs_all", {"running": False}),
    (batches, "test_a_parameter_twice_in_a_batch_is_refused"),
    (batches, "test_logging_to_an_ended_run_leaves_it_ended"),
    (histories, "test_a_history_comes_in_pages", {"work": histories.curve}),
    (inputs, "test_datasets_are_inputs", {"running": True}),
    (inputs, "test_a_dataset_is_an_input_once", {"running": False}),
    (
        search,
        "test_filters_of_metrics",
        {"words": "metrics.loss > 1 AND metrics.loss < 4", "names": ["three", "two"]},
    ),
    (search, "test_filters_of_attributes", {"words": "status != 'RUNNING'", "names": ["four", "two"]}),
    (search, "test_filters_that_mean_nothing_are_refused", {"words": "metrics.loss"}),
    (search, "test_a_search_shows_runs_as_reading_them_does"),
    (logged, "test_a_model_says_what_it_was_made_with"),
    (logged, "test_a_model_gets_a_status", {"status": "READY"}),
    (logged, "test_tags_of_models_are_set_and_set_again"),
    (logged, "test_a_tag_of_a_model_is_deleted_once"),
    (logged, "test_metrics_of_a_model_are_the_run_s_too", {"running": True}),
    (logged, "test_models_are_outputs_of_runs", {"running": True}),
    (logged_search, "test_filters_of_models", {"words": "metrics.auc > 0.6", "found": ["Gamma", "alpha"]}),
    (logged_search, "test_pages_of_models_follow_each_other", {"size": 3}),
    (models, "test_a_model_says_what_it_was_made_with"),
    (models, "test_a_model_that_is_not_there_is_missing"),
    (models, "test_a_renamed_model_is_found_by_its_new_name"),
    (models, "test_tags_of_models_are_set_and_set_again"),
    (models, "test_a_deleted_model_is_gone"),
    (versions, "test_a_version_says_what_it_was_made_with"),
    (versions, "test_a_number_is_never_used_again"),
    (versions, "test_a_tag_of_a_version_is_deleted"),
    (pointers, "test_others_in_a_stage_are_archived"),
    (pointers, "test_an_alias_points_at_a_version"),
    (pointers, "test_an_alias_is_deleted"),
    (versions, "test_a_deleted_version_is_gone"),
]
"""Cases that are tried through the server, too: module, name, and parameters where it has some."""


@served_case
@pytest.mark.parametrize("one", AGAIN, ids=lambda one: one[1].removeprefix("test_"))
def test_a_case_holds_through_the_server(at: Place, one: tuple[Any, ...]) -> object:
    """As it does at the store."""
    module, name, *given = one

    return getattr(module, name).__wrapped__(at, **(given[0] if given else {}))
