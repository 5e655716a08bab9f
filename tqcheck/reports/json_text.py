"""Values as the JSON text of a report."""

from __future__ import annotations

import json
import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")


def json_text(value: Any) -> str:
    """JSON on one line, ended by a newline; lone surrogates, which JSON readers refuse, become U+FFFD.

    The standard library indents in pure Python, which takes longer than all else in a check of unchanged files.
    """
    return _SURROGATE.sub("\ufffd", json.dumps(value, ensure_ascii=False, allow_nan=False)) + "\n"
