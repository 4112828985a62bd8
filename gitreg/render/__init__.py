"""Values in, text out: tables, pages, JSON documents. Pure; knows nothing of where values came from."""
