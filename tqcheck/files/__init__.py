"""Files on the disk, whatever is in them: found, told apart, decoded, named for other programs, written whole.

Belongs here: what readers, configuration and fixes all need of a file. Does
not: formats (``readers``), settings (``config``), the user's cache (``cache``).
"""
