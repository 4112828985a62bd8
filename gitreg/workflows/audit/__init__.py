"""Auditing: who proposed, approved, merged, signed, assigned and retired what, by the tags and the accepted branch alone.

Every statement is verified by the steps of `verify` (docs/verification.md); what one refuses stays in the account, marked. Order
is that of the accepted branch's first parents and of the stages' chains. Dates are what signers and mergers claim: they are
shown, and decide nothing that order can decide.
"""
