"""Knocks at every door of MLflow's server on a registry, and tells which answer was given.

A program of its own, for a server keeps its stores as long as its process lives:

    python knocking.py gitreg:///path/to/registry
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from typing import Any

LEFT_OUT = re.compile(
    "graphql|jobs?/|jobs$|demo|supported|provider|workspace|server-info|optimization|invoke"
)
"""What is not the stores': jobs, what MLflow asks the network for, and what it refuses by itself."""
NOBODY = "0" * 32
LOCATION = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}
WORDS: dict[str, Any] = {
    "aggregations": [{"aggregation_type": "COUNT"}],
    "dataset_id": "d-1",
    "description": "text",
    "endpoint_id": "e",
    "experiment_id": "0",
    "experiment_ids": ["0"],
    "filter": "",
    "filter_string": "",
    "issue_id": "i",
    "key": "k",
    "locations": [LOCATION],
    "max_results": 10,
    "metric_key": "a",
    "metric_keys": ["a"],
    "metric_name": "trace_count",
    "model_id": f"m-{NOBODY}",
    "name": "x",
    "queue_id": "q",
    "request_id": "tr-1",
    "run_id": NOBODY,
    "run_ids": [],
    "sample_rate": 0.5,
    "schema_id": "s",
    "scorer_ids": ["a"],
    "scorer_name": "s",
    "secret_id": "s",
    "trace_id": "tr-1",
    "trace_ids": ["tr-1"],
    "url": "https://localhost",
    "value": "v",
    "version": "1",
    "view_type": "TRACES",
    "webhook_id": "w",
}
"""Something for whatever is asked for."""


def knock(uri: str) -> Iterator[tuple[str, int]]:
    """Every method of every path, with the status of the answer."""
    os.environ |= {
        "_MLFLOW_SERVER_FILE_STORE": uri,
        "_MLFLOW_SERVER_REGISTRY_STORE": uri,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": uri,
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "MLFLOW_LOGGING_LEVEL": "CRITICAL",
    }
    from mlflow.server import app  # noqa: PLC0415 - it reads the environment

    client = app.test_client()
    for rule in app.url_map.iter_rules():
        path = re.sub("<[^>]*>", "x1", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if not LEFT_OUT.search(path):
                words = {"query_string": _flat(WORDS)} if method == "GET" else {"json": WORDS}
                yield f"{method} {path}", client.open(path, method=method, **words).status_code


def _flat(words: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in words.items()
        if not isinstance(value, list) or all(isinstance(one, str) for one in value)
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(dict(knock(sys.argv[1]))) + "\n")
