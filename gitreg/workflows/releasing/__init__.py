"""Signing what review accepted: who may, who did, what is due again, and the tags."""
