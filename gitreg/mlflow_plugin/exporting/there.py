"""What an earlier export has brought to a target. Asks the target once for each experiment."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlflow import MlflowClient
from mlflow.entities import ViewType

from gitreg.mlflow_plugin.sources.export_words import CANDIDATE, LOGGED_MODEL, WHOLE

PAGE, MODELS_PAGE = 1000, 100


@dataclass
class There:
    """Ids in the target by ids here; and what was begun and is not whole.

    Args:
        runs: MLflow's run id and the record's digest, by candidate.
        models: the same of logged models.
        torn_runs: run ids of interrupted exports.
        torn_models: ids of logged models of the same.
    """

    runs: dict[str, tuple[str, str]] = field(default_factory=dict)
    models: dict[str, tuple[str, str]] = field(default_factory=dict)
    torn_runs: list[str] = field(default_factory=list)
    torn_models: list[str] = field(default_factory=list)

    def look(self, client: MlflowClient, experiment: str) -> None:
        """Takes in what an experiment of the target holds."""
        token = None
        while True:
            page = client.search_runs([experiment], "", ViewType.ALL, PAGE, page_token=token)
            for run in page:
                self._take_run(
                    run.info.run_id, run.data.tags, is_deleted=run.info.lifecycle_stage == "deleted"
                )
            if not (token := page.token):
                break
        while True:
            found = client.search_logged_models([experiment], max_results=MODELS_PAGE, page_token=token)
            for model in found:
                self._take_model(model.model_id, model.tags)
            if not (token := found.token):
                return

    def _take_run(self, run: str, tags: dict[str, str], *, is_deleted: bool) -> None:
        if CANDIDATE in tags and WHOLE in tags:
            self.runs[tags[CANDIDATE]] = run, tags[WHOLE]
        elif CANDIDATE in tags and not is_deleted:
            self.torn_runs.append(run)

    def _take_model(self, model: str, tags: dict[str, str]) -> None:
        if LOGGED_MODEL in tags and WHOLE in tags:
            self.models[tags[LOGGED_MODEL]] = model, tags[WHOLE]
        elif LOGGED_MODEL in tags:
            self.torn_models.append(model)
