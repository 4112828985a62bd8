"""The rows of the benchmark, one per file: `measure(setting)` measures it beside its peers and its floor.

`ROWS` is the list of them, in the order of the page; `ABSENT` is what has no row, and why.
"""

ROWS = {
    "start_up": "gitreg --version as a process, beside dvc, gto and mlflow",
    "commands": "gitreg list as a process, beside dvc --version",
    "search": "filtered and ordered searches in one process, beside MLflow's SQLite store and raw SQLite",
    "index_update": "what a search waits for after 1 and after 100 new candidates",
    "cold_index": "the index made anew, beside the fastest reader and plain rows",
    "validate": "every record of a registry validated, beside reading them in bulk",
    "readers": "reading a record, beside ruamel.yaml, PyYAML and rapidyaml",
    "index_size": "bytes of the index, beside MLflow's store",
    "memory": "the most memory of a list or search with a limit",
    "shown": "200 experiments shown, beside dvc exp show",
    "log_one": "one candidate logged, beside git add + git commit and MLflow's SQLite store",
    "log_many": "1,000 candidates logged at once, beside git fast-import",
    "log_metric": "metric points of a running candidate, beside MLflow's stores",
    "mlflow_plugin": "MLflow's calls by gitreg's plugin, beside MLflow's SQLite store",
    "large_artifact": "1 GiB logged as an artifact, beside dvc add",
    "many_files": "10,000 files logged as an artifact, beside dvc add",
    "push": "push with nothing to do, beside dvc push",
    "releases": "1,000 releases listed, beside gto show",
    "verify": "one release verified, beside git verify-tag",
    "pull": "a version pulled from a remote, beside dvc get",
}
ABSENT = {
    "sync": "gitreg has no `sync` yet",
    "site": "gitreg has no site yet",
    "pull from a registry of 100,000": "no row: `pull` has a registry of one version",
    "16 and 64 writers, one remote": "no row: `tests/torture/writers.py` is run by hand, `docs/publishing.md` has its figures",
}
