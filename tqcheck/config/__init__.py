"""Settings, and where each comes from: defaults, configuration files, environment, flags.

Belongs here: reading settings and choosing those of a file. Does not: what a
setting does, which is told where it is used.
"""
