"""Queries: which candidates meet a filter, in which order, page by page. `values` says what is asked, `search` answers."""
