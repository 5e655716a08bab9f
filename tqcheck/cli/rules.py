"""``tqcheck rules`` and ``tqcheck explain``: what is looked for, from the packs themselves; packs of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tqcheck.rules.schema import Rule

rules = typer.Typer(help="List the rules; write and test rules of your own.", invoke_without_command=True)
Packs = Annotated[list[Path] | None, typer.Option("--pack", help="A further rule pack (TOML); may be repeated.")]


@rules.callback()
def listing(
    context: typer.Context,
    language: Annotated[str | None, typer.Option(help="Only rules for this source language (such as es).")] = None,
    category: Annotated[str | None, typer.Option(help="Only rules of this category.")] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only rules in preview, which are off by default.")
    ] = False,
    pack: Packs = None,
) -> None:
    """List the rules: id, severity, category, languages, name."""
    if context.invoked_subcommand is not None:
        return
    from tqcheck.cli.output import write_report
    from tqcheck.errors import SettingsError
    from tqcheck.result import CATEGORIES
    from tqcheck.text.language_names import NAMES

    if language is not None and language not in NAMES:
        raise SettingsError(f"unknown language {language!r}; languages have their ISO 639-1 codes, such as es")
    if category is not None and category not in CATEGORIES:
        raise SettingsError(f"unknown category {category!r}; known: {', '.join(CATEGORIES)}")
    chosen = [
        rule
        for rule in _load(pack)
        if (language is None or language in rule.languages)
        and (category is None or rule.category == category)
        and (rule.preview or not preview)
    ]
    rows = [
        (
            rule.id,
            rule.severity.label + (" (preview)" if rule.preview else ""),
            rule.category,
            ",".join(rule.languages) or "–",
            rule.name,
        )
        for rule in chosen
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0], strict=True)) for row in rows]
    count = f"{len(rows)} rule" + ("" if len(rows) == 1 else "s")
    write_report("".join(f"{line.rstrip()}\n" for line in [*lines, count]), None)


@rules.command()
def test(
    packs: Annotated[list[Path], typer.Argument(help="Pack files, or folders with pack files.")],
) -> None:
    """Prove packs on their own examples: each bad one flagged at its brackets, each good one left alone.

    Exit codes: 0 all rules are proven, 1 some are not, 2 a pack cannot be read.
    """
    from tqcheck.cli.output import write_report
    from tqcheck.errors import UnreadableError
    from tqcheck.pipeline.rule_tests import prove_packs

    files: list[Path] = []
    for path in packs:
        inside = sorted(path.rglob("*.toml")) if path.is_dir() else [path]
        if not inside:
            raise UnreadableError(str(path), "there is no pack (*.toml) in this folder")
        files += inside
    count, failures = prove_packs(files)
    wrong = len({failure.rule.id for failure in failures})
    lines = [str(failure) for failure in failures]
    lines.append(f"{count} rules, all proven" if not wrong else f"{count} rules, {wrong} with mistakes")
    write_report("\n".join(lines) + "\n", None)
    raise typer.Exit(int(bool(failures)))


@rules.command()
def new(
    file: Annotated[Path, typer.Argument(help="Pack to add the rule to; made when it does not exist.")],
    identifier: Annotated[
        str | None, typer.Option("--id", help="Id of the rule (default: the next free one of the pack).")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name in kebab case.")] = None,
    language: Annotated[str, typer.Option(help="Source language (ISO 639-1).")] = "es",
    category: Annotated[str, typer.Option(help="Category of the rule.")] = "calque",
) -> None:
    """Write the skeleton of a rule: a working example whose parts are to be replaced by your own."""
    from tqcheck.cli.output import write_report
    from tqcheck.rules.skeleton import add_skeleton

    content, given = add_skeleton(file, identifier, name, language, category)
    write_report(content, file)
    typer.echo(f"{given} added to {file}; edit it, then: tqcheck rules test {file}", err=True)


@rules.command()
def pages(
    folder: Annotated[Path, typer.Argument(help="Folder for the pages; those of rules that are gone are removed.")],
    pack: Packs = None,
) -> None:
    """Write a Markdown page for each rule, and an index."""
    from tqcheck.rules.page import index_page

    found = _load(pack)
    _write_pages(folder, found, "README.md", index_page(found))


@rules.command()
def docs(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder for the site; pages of rules that are gone are removed.")
    ] = None,
    index: Annotated[
        Path | None, typer.Option("--index", help="Write the contents alone to this file, without links to pages.")
    ] = None,
    pack: Packs = None,
) -> None:
    """Write a site: a Markdown page for each rule, and contents by language and category as its index.md."""
    from tqcheck.cli.output import write_report
    from tqcheck.errors import SettingsError
    from tqcheck.rules.contents import contents_page

    if folder is None and index is None:
        raise SettingsError("there is nothing to write: give a folder for the site, or --index FILE")
    found = _load(pack)
    if folder is not None:
        _write_pages(folder, found, "index.md", contents_page(found, linked=True))
    if index is not None:
        write_report(contents_page(found, linked=False), index)


def explain(
    rule: Annotated[str, typer.Argument(help="Id (ES014) or name (telematic-meeting) of a rule.")],
    pack: Packs = None,
) -> None:
    """Explain one rule: what it finds, why, where it comes from, bad and good examples, how often it fires."""
    from tqcheck.cli.output import write_report
    from tqcheck.errors import SettingsError, near
    from tqcheck.rules.page import rule_page

    known = {label: one for one in _load(pack) for label in (one.id.lower(), one.name)}
    found = known.get(rule.lower())
    if found is None:
        likely = near(rule.lower(), known)
        hint = f"did you mean {known[likely].id}?" if likely else "`tqcheck rules` lists them"
        raise SettingsError(f"there is no rule {rule!r}; {hint}")
    write_report(rule_page(found), None)


def _write_pages(folder: Path, rules: tuple[Rule, ...], front: str, contents: str) -> None:
    """A page for each rule, and ``contents`` as the file ``front``; pages of rules that are gone are removed."""
    from tqcheck.cli.output import write_report
    from tqcheck.errors import OutputError
    from tqcheck.rules.page import rule_page

    content = {f"{rule.id}.md": rule_page(rule) for rule in rules} | {front: contents}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob("[A-Z]*[0-9].md"):
            if path.name not in content:
                path.unlink()
    except OSError as error:
        raise OutputError(f"{folder}: the pages could not be written: {error.strerror or error}") from None
    for name, text in content.items():
        path = folder / name
        if not path.is_file() or path.read_text("utf-8") != text:
            write_report(text, path)


def _load(pack: list[Path] | None) -> tuple[Rule, ...]:
    from tqcheck.config.resolver import configure
    from tqcheck.rules.loader import load_rules

    settings = configure().settings()
    return load_rules([*settings.packs, *(pack or ())], cache=settings.cache_folder).rules
