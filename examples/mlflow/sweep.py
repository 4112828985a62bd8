"""An ordinary sweep: nested runs, a curve for each, the best one told on the parent."""

import mlflow
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

mlflow.set_experiment("tumours")
features, labels = load_breast_cancer(return_X_y=True)
features = StandardScaler().fit_transform(features)
seen, unseen, seen_labels, unseen_labels = train_test_split(features, labels, random_state=7)

with mlflow.start_run(run_name="sweep") as sweep:
    best = 100.0
    for alpha in (0.0001, 0.001, 0.01, 0.1):
        with mlflow.start_run(run_name=f"alpha={alpha}", nested=True):
            mlflow.log_params({"alpha": alpha, "loss": "log_loss"})
            model = SGDClassifier(loss="log_loss", alpha=alpha, random_state=7)
            for epoch in range(20):
                model.partial_fit(seen, seen_labels, classes=np.unique(labels))
                loss = log_loss(unseen_labels, model.predict_proba(unseen))
                mlflow.log_metrics(
                    {"logloss": loss, "accuracy": model.score(unseen, unseen_labels)}, step=epoch
                )
            best = min(best, loss)
    mlflow.log_metric("best_logloss", best)

runs = mlflow.search_runs(
    filter_string=f"tags.mlflow.parentRunId = '{sweep.info.run_id}'", order_by=["metrics.logloss ASC"]
)
print(runs[["tags.mlflow.runName", "metrics.logloss", "params.alpha"]].to_string(index=False))
