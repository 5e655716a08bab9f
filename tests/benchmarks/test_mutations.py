from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_fault_can_be_put_where_it_belongs() -> None:
    """What it replaces stands at one place; it moves with the code, and a rule may be rewritten."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        spec = importlib.util.spec_from_file_location("mutations", ROOT / "benchmarks" / "mutations.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["mutations"] = module
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    wrong = []
    for mutation in module.read_mutations():
        try:
            path = mutation.path(ROOT)
        except SystemExit as error:
            wrong.append(str(error))
        else:
            text = path.read_text("utf-8")
            assert text.replace(mutation.old, mutation.new) != text
    assert wrong == []
