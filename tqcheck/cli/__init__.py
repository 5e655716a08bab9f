"""The ``tqcheck`` command: options in, reports and exit codes out; one module for each command.

Belongs here: reading options, messages on standard error, exit codes. Does
not: anything that a caller of the library would want as well.
"""
