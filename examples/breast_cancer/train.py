"""An ordinary training script: it knows nothing of gitreg.

It reads data/, trains a logistic regression, and writes params.json, metrics.json and model/model.json. The model is
numbers in a JSON file: nothing in it can run, and whoever serves it needs no scikit-learn.
"""

import argparse
import json
import warnings
from pathlib import Path

import numpy
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def read(path):
    with open(path) as file:
        names = file.readline().strip().split(",")[:-1]
    table = numpy.loadtxt(path, delimiter=",", skiprows=1)
    return names, table[:, :-1], table[:, -1].astype(int)


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--strength", type=float, default=1.0, help="inverse of the regularization")
    words.add_argument("--l1", type=float, default=0.0, help="share of the L1 norm in it, 0 to 1")
    chosen = words.parse_args()

    names, train_rows, train_labels = read("data/train.csv")
    _, test_rows, test_labels = read("data/test.csv")
    warnings.simplefilter("ignore")
    model = LogisticRegression(
        C=chosen.strength, l1_ratio=chosen.l1, solver="saga", max_iter=2000, random_state=7
    )
    fitted = make_pipeline(StandardScaler(), model).fit(train_rows, train_labels)
    scaler, model = fitted[0], fitted[-1]
    chances = fitted.predict_proba(test_rows)[:, 1]

    folder = Path("model")
    folder.mkdir(exist_ok=True)
    (folder / "model.json").write_text(
        json.dumps(
            {
                "features": names,
                "mean": scaler.mean_.tolist(),
                "scale": scaler.scale_.tolist(),
                "weights": model.coef_[0].tolist(),
                "intercept": float(model.intercept_[0]),
            },
            indent=1,
        )
        + "\n"
    )
    Path("params.json").write_text(json.dumps({"strength": chosen.strength, "l1": chosen.l1}))
    metrics = {
        "auc": roc_auc_score(test_labels, chances),
        "logloss": log_loss(test_labels, chances),
        "accuracy": accuracy_score(test_labels, chances > 0.5),
        "features_used": int(numpy.count_nonzero(model.coef_)),
    }
    Path("metrics.json").write_text(json.dumps(metrics))
    print(
        f"strength={chosen.strength:g} l1={chosen.l1:g}: auc {metrics['auc']:.4f}, logloss {metrics['logloss']:.4f}"
    )


if __name__ == "__main__":
    main()
