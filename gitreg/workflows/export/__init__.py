"""What leaves the registry for others to check: a bundle, statements of provenance, a manifest for model signing."""
