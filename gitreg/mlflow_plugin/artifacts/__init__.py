"""MLflow's artifact repository: files of runs, logged models and versions in the registry's storage."""
