"""Queries: which candidates meet a filter, in which order, page by page."""

from gitreg.index.query.search import count, distinct_columns, search
from gitreg.index.query.values import Column, Deleted, Page, Query

__all__ = ["Column", "Deleted", "Page", "Query", "count", "distinct_columns", "search"]
