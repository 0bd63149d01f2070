"""The README, the guides and CONTRIBUTING name no file, command, setting, route or heading that does not exist."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from projections.engine.tables import read_models
from service.cli import SETTINGS, main
from service.http.pipedrive import v1, v2
from service.http.problem_details import ledger
from service.http.routes import FAMILIES
from tests.guides.documents import CONTRIBUTING, DOCUMENTS, GUIDES, ROOT, anchors, blocks, code, links, name_of, spans
from tests.service.http.second_forms import is_second_form

OF_THE_COMPOSITION = set(re.findall(r"LEADLEDGER_\w+", (ROOT / "docker-compose.yml").read_text("utf-8")))
OF_CI = {"LEADLEDGER_REQUIRE_NODE"}

FOLDERS = ("aggregates", "projections", "service", "tests", ".ci")
MADE_WHILE_TYPING = ("var/", ".venv/", "/home/")
"""Where the examples put what they make."""

PREFIXES = {prefix for family in FAMILIES for prefix in family.prefixes}

_ASKED = re.compile(r"(?:\b(GET|POST|PUT|PATCH|DELETE) )?(?:https?://[^/\s]+)?((?:/api|/v1|/health|…)/[^\s`\"?]*)")
"""A path with the method in front of it, where one is, and the host left out."""

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)


@cache
def files() -> frozenset[Path]:
    """All files of the checkout, without what is installed or made."""
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    paths = (path.relative_to(ROOT) for path in (*ROOT.glob("*"), *found) if path.is_file())
    return frozenset(path for path in paths if not {"node_modules", "__pycache__"} & set(path.parts))


@cache
def places() -> frozenset[str]:
    """All files and folders of the checkout, under every name that leaves out folders in front."""
    folders = {parent for path in files() for parent in path.parents}
    return frozenset("/".join(path.parts[start:]) for path in files() | folders for start in range(len(path.parts)))


@cache
def routes() -> frozenset[tuple[str, str]]:
    """The method and path of every route, its parameters as ``{}``."""
    return frozenset(
        (route.method, re.sub(r"<[^>]+>", "{}", prefix + route.path))
        for family in FAMILIES
        for prefix in family.prefixes
        for route in family.routes
    )


def unknown_links(document: Path) -> list[str]:
    """The links that lead to no file, or to no heading of one."""
    return [link for link in links(document.read_text("utf-8")) if not _leads_somewhere(document, link)]


def _leads_somewhere(document: Path, link: str) -> bool:
    if link.startswith("https://"):
        return True
    name, _, anchor = link.partition("#")
    target = (document.parent / name).resolve() if name else document
    return target.exists() and (not anchor or anchor in anchors(target.read_text("utf-8")))


def unknown_files(text: str) -> set[str]:
    """The names in code that are written like a file's or a folder's, where there is no such file."""
    words = {word for line in code(text) for word in line.split() if not word.startswith(MADE_WHILE_TYPING)}
    named = {
        word for word in words if re.fullmatch(r"[\w.-]+(/[\w.-]+)*(/|\.(py|md|toml|yml|lock|conf|html|mjs))", word)
    }
    return {name for name in named if name.rstrip("/") not in places()}


def unknown_commands(text: str) -> set[str]:
    """Lines that call the command line, or make, in a way that it does not know."""
    found = set()
    for line in code(text):
        called = re.search(r"(?:^|[ /$(])leadledger ((?:[a-z]|--)[^|)]*)", line)
        if called and not _is_a_command(called[1]):
            found.add(line)
        if (made := re.match(r"make ([a-z-]+)", line)) and f"\n{made[1]}:" not in (ROOT / "Makefile").read_text(
            "utf-8"
        ):
            found.add(line)
    return found


def _is_a_command(called: str) -> bool:
    command: click.Command = main
    words = called.partition(" # ")[0].split()
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        named = command.get_command(click.Context(command), words.pop(0))
        if named is None:
            return False
        command = named
    options = {"--help", *(name for parameter in command.params for name in parameter.opts)}
    return options.issuperset(word for word in words if word.startswith("--"))


def unknown_settings(text: str) -> set[str]:
    """Names of settings that nothing reads."""
    return set(re.findall(r"LEADLEDGER_[A-Z_]+", text)) - set(SETTINGS) - OF_THE_COMPOSITION - OF_CI


def unknown_routes(text: str) -> set[str]:
    """Paths that nothing answers; ``…`` stands for any beginning, or for any end."""
    asked = {found for line in code(text) for found in _ASKED.findall(line)}
    return {f"{method} {path}".strip() for method, path in asked if not _is_answered(method, path)}


def _is_answered(method: str, path: str) -> bool:
    plain = re.sub(r"\{\w+\}|\$\w+|(?<=/)\d+(?=/|$)|[A-Z]+-[A-Z]+", "{}", path)
    pattern = re.compile(re.escape(plain).replace("…", ".*"))
    known = {known for of, known in routes() if not method or of == method}
    return plain in PREFIXES or any(map(pattern.fullmatch, known))


@every_document
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(document: Path) -> None:
    assert unknown_links(document) == []


@every_document
def test_every_file_that_is_named_exists(document: Path) -> None:
    assert unknown_files(document.read_text("utf-8")) == set()


@every_document
def test_every_command_that_is_named_exists_with_its_options(document: Path) -> None:
    assert unknown_commands(document.read_text("utf-8")) == set()


@every_document
def test_every_setting_that_is_named_is_read(document: Path) -> None:
    assert unknown_settings(document.read_text("utf-8")) == set()


@every_document
def test_every_route_that_is_named_is_answered(document: Path) -> None:
    assert unknown_routes(document.read_text("utf-8")) == set()


def test_what_does_not_exist_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "planted.md"
    planted.write_text("# Planted\n\n[a](gone.md) [b](planted.md#gone) [c](#planted)\n", "utf-8")
    assert unknown_links(planted) == ["gone.md", "planted.md#gone"]
    assert unknown_files("See `service/gone.py`, `gone/` and `http/`.") == {"service/gone.py", "gone/"}
    assert unknown_commands("`leadledger gone`, `leadledger verify --gone`, `leadledger verify`, `make gone`") == {
        *("leadledger gone", "leadledger verify --gone", "make gone")
    }
    assert unknown_settings("`LEADLEDGER_GONE`") == {"LEADLEDGER_GONE"}
    assert unknown_routes("`GET /api/v2/gone`, `PUT …/inbox`, `/v1/leads/{id}/gone`, `GET …/inbox`") == {
        *("GET /api/v2/gone", "PUT …/inbox", "/v1/leads/{id}/gone")
    }


def test_the_operators_guide_and_the_help_name_every_setting() -> None:
    names = ("settings.py", "trusted_issuer.py", "operating.py")
    sources = [(ROOT / "service" / name).read_text("utf-8") for name in names]
    read = re.findall(r'"(LEADLEDGER_\w+)"', "".join(sources))
    guide = (ROOT / "service" / "guides" / "operators.md").read_text("utf-8")
    assert sorted(SETTINGS) == sorted(set(read))
    assert sorted(SETTINGS) == sorted(re.findall(r"^\| `(LEADLEDGER_\w+)` \|", guide, re.MULTILINE))
    explained = CliRunner().invoke(main, ["--help"]).output
    assert all(name in explained for name in SETTINGS)


def test_the_integrators_guide_says_how_much_of_the_public_api_there_is_and_names_all_of_our_own() -> None:
    guide = " ".join((ROOT / "service" / "guides" / "integrators.md").read_text("utf-8").split())
    retired = sum(is_second_form(v1, route) for route in v1.routes)
    assert f"{len(v1.routes) - retired} of 141" in guide
    assert f"{retired} of 62" in guide
    assert f"{len(v2.routes)} of 123" in guide
    named = {re.sub(r"\{\w+\}", "{}", span) for span in spans(guide)}
    assert {re.sub(r"<[^>]+>", "{}", route.path.lstrip("/")) for route in ledger.routes} <= named


def test_the_lines_beside_which_a_change_is_shown_stand_in_its_files() -> None:
    [shown] = [block for block in blocks(CONTRIBUTING.read_text("utf-8")) if re.search(r"^\+", block, re.MULTILINE)]
    changes = [change.splitlines() for change in shown.split("\n\n")]
    assert len(changes) == 3
    for name, *lines in changes:
        there = (ROOT / name.strip()).read_text("utf-8").splitlines()
        beside = [line[1:] for line in lines if not line.startswith("+")]
        assert beside
        assert set(beside) <= set(there)


def test_the_readme_leads_to_every_guide_and_to_contributing() -> None:
    readme = set(links((ROOT / "README.md").read_text("utf-8")))
    assert readme.issuperset({name_of(document) for document in (*GUIDES, CONTRIBUTING)})


def test_the_readme_leads_to_every_folder_of_code() -> None:
    readme = set(links((ROOT / "README.md").read_text("utf-8")))
    folders = {name_of(path.parent) for folder in FOLDERS[:3] for path in (ROOT / folder).rglob("__init__.py")}
    assert {folder for folder in folders if "/migrations" not in folder} <= readme


def test_the_glossary_gives_each_word_one_meaning() -> None:
    glossary = CONTRIBUTING.read_text("utf-8").partition("## Glossary")[2].partition("### Words that mean two")[0]
    rows = re.findall(r"^\| ([a-z][a-z ,]+) \|", glossary, re.MULTILINE)
    words = [word for row in rows for word in row.split(", ")]
    assert len(words) > 50
    assert len(words) == len(set(words))


def test_the_dump_without_read_models_names_every_one_of_them() -> None:
    (line,) = (line for document in GUIDES for line in code(document.read_text("utf-8")) if line.startswith("pg_dump "))
    found = re.search(r"--exclude-table='\(([a-z_|]+)\)", line)
    assert found is not None
    assert found[1].split("|") == sorted(read_models.tables)
