"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A new file to write to, which takes the place of ``path`` if all goes well and vanishes otherwise.

    The folder must be there. Raises :class:`OSError` if it cannot be written.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name[:50])
    os.close(descriptor)
    try:
        yield Path(name)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
