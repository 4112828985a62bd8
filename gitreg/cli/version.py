"""The version, as a constant: asking the installed package's metadata takes as long as starting does."""

VERSION = "0.1.0"
