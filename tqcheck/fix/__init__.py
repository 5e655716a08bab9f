"""Suggestions written into files, or shown as a patch.

Belongs here: which suggestions may be applied together, proof that they
helped, and writing the file again as it was otherwise. Does not: what to
suggest (``rules``).
"""
