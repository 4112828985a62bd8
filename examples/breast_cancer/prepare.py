"""Writes the data: the Wisconsin breast cancer set that ships with scikit-learn, split once and for all."""

import csv
from pathlib import Path

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split


def write(path, names, rows, labels):
    with path.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow([*names, "benign"])
        table.writerows([*map(float, row), int(label)] for row, label in zip(rows, labels, strict=True))


def main():
    data = load_breast_cancer()
    names = [name.replace(" ", "_") for name in data.feature_names]
    folder = Path("data")
    folder.mkdir(exist_ok=True)
    parts = train_test_split(data.data, data.target, test_size=0.25, random_state=7, stratify=data.target)
    train_rows, test_rows, train_labels, test_labels = parts
    write(folder / "train.csv", names, train_rows, train_labels)
    write(folder / "test.csv", names, test_rows, test_labels)


if __name__ == "__main__":
    main()
