"""What may import what, and that nothing heavy is imported before it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "tqcheck"
FLOORS = {
    "errors": 0,
    "result": 0,
    "text": 1,
    "files": 2,
    "cache": 3,
    "config": 4,
    "readers": 4,
    "rules": 4,
    "lm": 4,
    "reports": 4,
    "changes": 4,
    "detector": 5,
    "fix": 5,
    "pipeline": 6,
    "cli": 7,
}
"""A folder knows those below its floor, and none beside it."""
HEAVY = {"torch", "transformers", "tokenizers", "safetensors", "gguf", "accelerate", "huggingface_hub"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def docstring(path: Path) -> str | None:
    return ast.get_docstring(ast.parse(path.read_text("utf-8")))


def imports(path: Path, *, typing: bool) -> set[str]:
    """Modules that one imports anywhere in it, and names in them; those for type checking alone if ``typing``."""
    tree = ast.parse(path.read_text("utf-8"))
    typing_only = {
        id(node)
        for top in ast.walk(tree)
        if isinstance(top, ast.If) and ast.unparse(top.test) == "TYPE_CHECKING"
        for node in ast.walk(top)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only and not typing:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_imports_go_down() -> None:
    wrong = []
    for path in MODULES:
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if own in ("__init__", "__main__"):
            continue
        assert own in FLOORS, f"{own} has no floor; add it to FLOORS"
        for module in imports(path, typing=False):
            part = part_of(module)
            if module.startswith("tqcheck.") and part != own and not part.startswith("__"):
                assert part in FLOORS, module
                if FLOORS[part] >= FLOORS[own]:
                    wrong.append(f"{path.relative_to(PACKAGE)} imports {module}")
    assert wrong == []


def test_measuring_knows_training_from_below() -> None:
    """The package knows neither measuring nor training; training reads and measures with benchmarks, never back."""
    root = PACKAGE.parent
    wrong = [
        f"{path.relative_to(root)} imports {module}"
        for folder, above in (("tqcheck", ("benchmarks", "models", "tests")), ("benchmarks", ("models", "tests")))
        for path in sorted((root / folder).rglob("*.py"))
        for module in imports(path, typing=True)
        if module.split(".")[0] in above
    ]
    assert wrong == []


def test_no_circle_of_modules() -> None:
    """Not for type checking either; only the package itself, the roof, names what is inside it."""
    names = {name_of(path): path for path in MODULES}
    graph = {
        name: {one for one in imports(path, typing=True) if one in names and one not in (name, "tqcheck")}
        for name, path in names.items()
        if name != "tqcheck"
    }
    assert circles(graph) == []


def circles(graph: dict[str, set[str]]) -> list[tuple[str, ...]]:
    """Sets of modules that import each other, however far around."""
    reached = {name: reachable(graph, name) for name in graph}
    looped = [one for one in graph if one in reached[one]]
    return sorted({tuple(sorted(two for two in reached[one] if one in reached[two])) for one in looped})


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    todo = list(graph[start])
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo.extend(graph[one])
    return found


def test_a_circle_would_be_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"d"}}) == [("b", "c"), ("d",)]


def test_the_top_level_holds_folders() -> None:
    held = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert {name for name in held if not (PACKAGE / name).is_dir()} == {
        "__init__.py",
        "__main__.py",
        "errors.py",
        "result.py",
        "py.typed",
    }
    folders = [name for name in held if (PACKAGE / name).is_dir()]
    assert [name for name in folders if not docstring(PACKAGE / name / "__init__.py")] == []


def test_rooms_are_small() -> None:
    """Who opens a module can read it at a sitting; one that outgrows this holds more than one noun."""
    root = PACKAGE.parent
    folders = [root / name for name in ("tqcheck", "tests", "benchmarks", "models") if (root / name).is_dir()]
    sizes = {path: len(path.read_text("utf-8").splitlines()) for folder in folders for path in folder.rglob("*.py")}
    assert {str(path.relative_to(root)): size for path, size in sizes.items() if size >= 400} == {}


def test_heavy_parts_stay_in_lm_and_detector() -> None:
    light = [path for path in MODULES if path.relative_to(PACKAGE).parts[0] not in ("lm", "detector")]
    heavy = {
        str(path.relative_to(PACKAGE)): names
        for path in light
        if (names := {module.split(".")[0] for module in imports(path, typing=False)} & HEAVY)
    }
    assert heavy == {}


def loaded_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_a_check_without_model_loads_nothing_heavy() -> None:
    code = (
        "from tqcheck import check_text, Settings\n"
        "check_text('The minister said on Friday that the talks would go on.', settings=Settings(lm='off'))"
    )
    assert not loaded_after(code) & (HEAVY | {"numpy", "langdetect", "rich", "typer", "jinja2"})


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
