"""What may import what, and that nothing heavy is imported before it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "tqcheck"
FLOORS = {
    "errors": 0,
    "cache": 0.1,
    "globs": 0,
    "toml_lines": 0,
    "languages": 0,
    "quotes": 0.1,
    "store": 0.1,
    "text": 0.2,
    "result": 0.3,
    "ignores": 0.4,
    "settings": 1,
    "language": 1,
    "readers": 1,
    "rules": 1,
    "lm": 1,
    "detector": 1.1,
    "configuration": 1.5,
    "configuration_files": 1.6,
    "configurations": 1.7,
    "kept_results": 1.5,
    "findings": 1.5,
    "fluency": 1.5,
    "instruments": 1.5,
    "workers": 1.8,
    "run": 1.9,
    "check": 2,
    "proof": 2.5,
    "sources": 2.5,
    "baseline": 2.5,
    "changes": 2.5,
    "stories": 2.5,
    "fixes": 2.5,
    "rewriting": 2.5,
    "diff": 0,
    "reports": 2,
    "cli": 4,
}
ONLY_GROUND = {"settings", "language", "readers", "rules", "lm", "reports"}
HEAVY = {"torch", "transformers", "tokenizers", "safetensors", "gguf", "accelerate", "huggingface_hub"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def imports(path: Path) -> list[tuple[str, bool]]:
    """(module, whether at the top level) of every import, those for type checking left out."""
    tree = ast.parse(path.read_text("utf-8"))
    inside = {id(node) for top in ast.walk(tree) if isinstance(top, ast.FunctionDef) for node in ast.walk(top)}
    typing_only = {
        id(node)
        for top in ast.walk(tree)
        if isinstance(top, ast.If) and ast.unparse(top.test) == "TYPE_CHECKING"
        for node in ast.walk(top)
    }
    found: list[tuple[str, bool]] = []
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] + [f"{node.module}.{alias.name}" for alias in node.names if node.module == "tqcheck"]
        found.extend((name, id(node) not in inside) for name in names)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own in ("__init__", "__main__"):
        return
    assert own in FLOORS, f"{own} has no floor; add it to FLOORS"
    for module, _ in imports(path):
        part = part_of(module)
        if not module.startswith("tqcheck.") or part == own or part.startswith("__"):
            continue
        assert part in FLOORS, module
        if own in ONLY_GROUND:
            assert FLOORS[part] < 1, f"{own} imports {module}"
        else:
            assert FLOORS[part] < FLOORS[own], f"{own} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_heavy_parts_stay_in_lm_and_detector(path: Path) -> None:
    if path.relative_to(PACKAGE).parts[0] in ("lm", "detector"):
        return
    heavy = [module for module, _ in imports(path) if module.split(".")[0] in HEAVY]
    assert heavy == []


def loaded_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_a_check_without_model_loads_nothing_heavy() -> None:
    code = (
        "from tqcheck import check_text, Settings\n"
        "check_text('The minister said on Friday that the talks would go on.', settings=Settings(lm='off'))"
    )
    assert not loaded_after(code) & (HEAVY | {"numpy", "langdetect", "rich", "typer"})


def test_the_library_imports_fast() -> None:
    # Beside a part of the standard library that takes 0.1 s here, so that a slow or busy machine weighs on both.
    usual = "asyncio, doctest, http.server, imaplib, logging.config, multiprocessing.pool, unittest.mock, xmlrpc.client"
    ratios = []
    for _ in range(5):
        seconds = []
        for code in ("from tqcheck import check_text, Checker", f"import {usual}"):
            script = f"import time; a=time.process_time(); {code}; print(time.process_time()-a)"
            done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
            seconds.append(float(done.stdout))
        ratios.append(seconds[0] / seconds[1])
    assert min(ratios) < 2, ratios
