"""The entry point of an MLflow project: `mlflow run` has made the run already."""

import sys

import mlflow
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier

features, labels = load_breast_cancer(return_X_y=True)
with mlflow.start_run() as run:
    forest = RandomForestClassifier(n_estimators=int(sys.argv[1]), random_state=7).fit(features, labels)
    mlflow.log_metric("accuracy", forest.score(features, labels))
print(run.info.run_id)
