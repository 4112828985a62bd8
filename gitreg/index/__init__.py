"""The search index: SQLite in the Git directory, made of committed records, and thrown away at will."""
