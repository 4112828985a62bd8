"""What may be wrong with a registry on this machine, with the command that mends it: one file for each matter.

A check answers with findings and changes nothing. Knows nothing of how they are shown.
"""
