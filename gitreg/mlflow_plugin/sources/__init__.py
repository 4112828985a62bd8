"""Sources of an import that MLflow itself reads: databases and servers."""
