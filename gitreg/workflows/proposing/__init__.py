"""Proposals: branches off the accepted branch that wait for review, and their merge requests on a forge."""
