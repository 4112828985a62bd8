"""What a record's file may be at most, so that no file keeps a reader busy."""

from __future__ import annotations

MAX_BYTES = 1024 * 1024
MAX_LINES = 100_000
MAX_NODES = 10_000
MAX_DEPTH = 16
# words and line breaks inside plain and quoted scalars, over the whole file
MAX_WORDS = 100_000
