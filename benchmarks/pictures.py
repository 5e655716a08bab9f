"""Draws the pictures of the README: the terminal report and the page on ``examples/brief.txt``, as a reader sees them.

Needs the language model, Chromium (``--browser``) and the extra ``pictures``. Look at what it has drawn.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from PIL import Image, ImageChops
from reporting import ROOT
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

STORY = "examples/brief.txt"
PICTURES = ROOT / "docs" / "pictures"
COLUMNS = 100
SCALE = 2
"""Pixels of the picture for one of the page: sharp on screens of high resolution."""
COLOURS = 256
"""So many a picture keeps: a third of its size, and nobody sees it."""
TALLEST = 2600
"""Pixels of the page: more than any picture needs; what is empty below is cut off."""
_THEME = TerminalTheme(
    (27, 30, 37),
    (222, 224, 228),
    [
        (27, 30, 37),
        (240, 113, 120),
        (140, 200, 120),
        (236, 190, 90),
        (110, 170, 250),
        (214, 140, 230),
        (90, 200, 205),
        (222, 224, 228),
    ],
)
_CUT = "<style>.findings tbody tr:nth-child(n+4), .findings ~ *, footer { display: none }</style>"
"""The page ends behind the third finding: the whole of it is too long for a README."""
_WINDOW = """<!DOCTYPE html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 28px 34px; background: {background}; color: {foreground}; }}
pre {{ margin: 0; font: 14px/1.42 "DejaVu Sans Mono", monospace; }}
.prompt {{ color: #8b93a3; }}
</style><pre><span class="prompt">$ {command}</span>

{code}</pre>"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--browser", default="chromium", help="Chromium or Chrome (default: chromium)")
    browser = options.parse_args().browser
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        terminal, page = Path(folder, "terminal.html"), Path(folder, "page.html")
        terminal.write_text(_terminal(), "utf-8")
        page.write_text(_report("--format", "html", "--words") + _CUT, "utf-8")
        _draw(browser, terminal, PICTURES / "terminal.png", width=920)
        _draw(browser, page, PICTURES / "page.png", width=900)


def _report(*options: str) -> str:
    command = [sys.executable, "-m", "tqcheck", "check", "--exit-zero", "--require-model", *options, STORY]
    environment = {**os.environ, "COLUMNS": str(COLUMNS)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def _terminal() -> str:
    """A page of the report with its colours, as a terminal shows it."""
    console = Console(record=True, file=StringIO(), width=COLUMNS + 8, force_terminal=True)
    console.print(Text.from_ansi(_report("--color", "always")), soft_wrap=True)
    window = _WINDOW.replace("{command}", f"tqcheck check {STORY}")
    return console.export_html(theme=_THEME, code_format=window, inline_styles=True)


def _draw(browser: str, page: Path, picture: Path, *, width: int) -> None:
    """A screenshot of the page without what is empty below, in few colours."""
    command = [browser, "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu"]
    command += [f"--force-device-scale-factor={SCALE}", f"--window-size={width},{TALLEST}", f"--screenshot={picture}"]
    subprocess.run([*command, page.as_uri()], check=True, capture_output=True)
    with Image.open(picture) as shot:
        image = shot.convert("RGB")
    margin = 24 * SCALE
    background = Image.new("RGB", image.size, image.getpixel((0, image.height - 1)))
    box = ImageChops.difference(image, background).getbbox()
    if box is not None:
        image = image.crop((0, 0, image.width, min(image.height, box[3] + margin)))
    image.quantize(COLOURS, kmeans=1, dither=Image.Dither.NONE).save(picture, optimize=True)
    print(f"{picture.relative_to(ROOT)}: {image.width} × {image.height}, {picture.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
