"""Making a registry: where it can be, its first files, its trust root, its CI."""
