"""`gitreg import mlflow`: what MLflow recorded elsewhere becomes candidates, logged models and versions.

A source gives plain values (values.py, source.py); the rest of this package turns them into records, many in one commit.
Only the sources know where those values come from, and only `gitreg.mlflow_plugin.sources` needs MLflow for it.
"""
