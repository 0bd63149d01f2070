"""What every event promises: a name, a meaning, plain values, and an `apply` that judges nothing."""

from __future__ import annotations

import ast
import inspect
import re
import runpy
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin
from uuid import UUID

import pytest

import aggregates
from aggregates.aggregate import Aggregate, Numbered
from aggregates.catalogue import catalogue, told_by
from aggregates.deal import DealEdited, DealWon
from aggregates.event import EVENTS, HAPPENED, Event, Metadata
from aggregates.note import NoteEdited
from tests.aggregates.given import fact, kinds

FOLDER = Path(aggregates.__file__).parent
MODULES = sorted(path.stem for path in FOLDER.glob("*.py"))
every_event = pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS.keys())


# Names and meanings

PLANNED = {"due_date", "due_time", "expected_close_date"}


@every_event
def test_a_time_is_either_planned_or_named_as_one_at_which_something_happened(kind: type[Event]) -> None:
    told = {name for name in kind.fact_names if re.search(r"(date|time|moment|since|until)($|_)|_at$", name)}
    assert {name for name in told if not name.endswith(HAPPENED)} <= PLANNED


def test_an_event_tells_when_things_happened_by_what_it_says_and_by_what_it_changes() -> None:
    at, stream = "2026-01-01T00:00:00.000000Z", UUID(int=1)
    assert DealWon(originator_id=stream, originator_version=2, deal_id=1, won_at=at).happened() == [at]
    assert DealWon(originator_id=stream, originator_version=2, deal_id=1).happened() == []
    changes = {"added_at": at, "content": "at 10", "person_id": None}
    assert NoteEdited(originator_id=stream, originator_version=2, note_id=1, changes=changes).happened() == [at]


def test_every_module_with_events_is_imported_by_the_package() -> None:
    defining = {
        path.stem for path in FOLDER.glob("*.py") if re.search(r"^    created = ", path.read_text("utf-8"), re.M)
    }
    assert {f"aggregates.{name}" for name in defining} == {kind.__module__ for kind in EVENTS.values()}


def test_a_name_is_given_to_one_event_only() -> None:
    with pytest.raises(TypeError, match="already an event named DealWon"):
        type("DealWon", (Event,), {})


IRREGULAR = {"Done", "Given", "Lost", "Seen", "Won", "Became", "Longer"}


@every_event
def test_a_name_says_in_the_past_tense_what_happened(kind: type[Event]) -> None:
    words = re.findall(r"[A-Z][a-z]+", kind.__name__)
    assert "".join(words) == kind.__name__
    assert any(word.endswith("ed") or word in IRREGULAR for word in words[1:])
    assert words[-1] not in {"Set", "Updated", "Changed", "Modified"}


@every_event
def test_an_event_says_what_it_means(kind: type[Event]) -> None:
    assert kind.__doc__
    assert not kind.__doc__.startswith(f"{kind.__name__}(")
    first_sentence = kind.__doc__.splitlines()[0]
    assert first_sentence.endswith((".", ","))


def test_each_kind_of_stream_begins_with_a_fact_of_its_own() -> None:
    first = [kind.created for kind in kinds(Aggregate)]
    assert len(first) == len(set(first)) >= 8
    assert set(first) <= set(EVENTS.values())


def test_no_two_numbered_kinds_share_their_streams() -> None:
    names = [kind.kind for kind in kinds(Numbered)]
    assert len(names) == len(set(names)) >= 6


# Values


@every_event
def test_an_event_tells_plain_values_of_json_only(kind: type[Event]) -> None:
    for name, hint in told_by(kind).items():
        assert is_plain(hint), f"{kind.__name__}.{name} is {hint}"


def is_plain(hint: Any) -> bool:
    if get_origin(hint) is list:
        return all(map(is_plain, get_args(hint)))
    if get_origin(hint) is dict:
        name, value = get_args(hint)
        return name is str and (value is Any or is_plain(value))
    if isinstance(hint, UnionType):
        return all(map(is_plain, get_args(hint)))
    return hint in (str, int, bool, NoneType)


@pytest.mark.parametrize("hint", [float, dict[int, str], tuple[str, ...], list[float], set[str], Any, str | float])
def test_a_value_that_json_does_not_keep_is_found(hint: Any) -> None:
    assert not is_plain(hint)


def test_an_event_knows_when_it_was_recorded_and_by_whom() -> None:
    at = "2026-03-04T05:06:07.000000Z"
    metadata = Metadata(user_id=1, recorded_at=at, request_id="r", command_id="c", client="test")
    subject = aggregates.deal.Deal.numbered(7)
    event = fact(DealEdited, changes={}).of(subject, 1)
    object.__setattr__(event, "metadata", metadata)
    assert (event.at, event.by) == (at, 1)


def test_an_event_that_was_not_recorded_says_so() -> None:
    event = fact(DealEdited, changes={}).of(aggregates.deal.Deal.numbered(7), 1)
    with pytest.raises(ValueError, match="DealEdited has not been recorded yet"):
        _ = event.at


# Personal data

PERSONAL_WORDS = re.compile(
    r"(^|_)(title|name|emails?|phones?|address|notes?|content|reason|website|linkedin|subject|text|comment|message"
    r"|body|birthday|profile|transcript|evidence)($|_)"
)
NOT_PERSONAL = {
    "PipelineAdded.name": "how a company sells, chosen by its administrators",
    "StageAdded.name": "how a company sells, chosen by its administrators",
    "LeadLabelAdded.name": "how a company sorts, chosen by its administrators",
    "ActivityTypeAdded.name": "how a company works, chosen by its administrators",
    "LeadSourceAdded.name": "where a company's leads come from, chosen by its administrators",
    "LeadCreated.source_name": "a source out of the register",
    "UserAdded.timezone_name": "a region, shared by millions",
}


def unmarked(kind: type[Event]) -> set[str]:
    """The fields of an event that by their names hold personal data, but are not marked so."""
    return {
        name
        for name in told_by(kind)
        if PERSONAL_WORDS.search(name)
        and not name.endswith("_id")
        and not any(path.split(".")[0] == name for path in kind.personal)
        and f"{kind.__name__}.{name}" not in NOT_PERSONAL
    }


@every_event
def test_a_field_that_tells_something_about_a_person_is_marked(kind: type[Event]) -> None:
    assert unmarked(kind) == set()


def test_a_field_that_should_be_marked_is_found() -> None:
    class CardLeft(Event, abstract=True):
        """Somebody left a card."""

        work_email: str
        surname: str
        reason: str

    assert unmarked(CardLeft) == {"work_email", "reason"}


def test_every_exception_from_marking_is_still_needed() -> None:
    fields = {f"{kind.__name__}.{name}" for kind in EVENTS.values() for name in told_by(kind)}
    assert NOT_PERSONAL.keys() <= fields


@every_event
def test_what_is_marked_as_personal_is_a_field_of_the_event(kind: type[Event]) -> None:
    first = first_of(kind)
    for path in kind.personal:
        name, _, inner = path.partition(".")
        assert name in told_by(kind)
        assert not inner or inner in told_by(first)


@every_event
def test_what_is_personal_at_first_is_personal_when_it_changes(kind: type[Event]) -> None:
    if "changes" in told_by(kind):
        assert {f"changes.{name}" for name in first_of(kind).personal} <= kind.personal


def first_of(kind: type[Event]) -> type[Event]:
    """The fact that the streams begin with in which this event happens."""
    [aggregate] = [each for each in kinds(Aggregate) if each.__module__ == kind.__module__]
    created: type[Event] = aggregate.created
    return created


# Applying

ALLOWED_CALLS = {
    "Details.of",
    "setattr",
    "{aggregate}.details.edited",
    "self.changes.items",
    "self.facts",
    "self.facts().items",
}


def faults_of(source: str) -> list[str]:
    """What an `apply` does beyond assigning what its event tells to its aggregate."""
    [method] = ast.parse(textwrap.dedent(source)).body
    assert isinstance(method, ast.FunctionDef)
    _, aggregate = (argument.arg for argument in method.args.args)
    names = {"self", aggregate, "Details", "setattr"}
    faults = []
    for statement in statements_of(method.body):
        match statement:
            case ast.For(target=target):
                names |= {name.id for name in ast.walk(target) if isinstance(name, ast.Name)}
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=assigned))]) if assigned == aggregate:
                pass
            case ast.Expr(value=ast.Call(func=ast.Name("setattr"), args=[ast.Name(id=assigned), *_])):
                if assigned != aggregate:
                    faults.append(f"sets an attribute of {assigned}")
            case _:
                faults.append(f"{type(statement).__name__}: {ast.unparse(statement)}")
    allowed = {call.format(aggregate=aggregate) for call in ALLOWED_CALLS}
    for node in (node for statement in method.body for node in ast.walk(statement)):
        match node:
            case ast.Call(func=called) if ast.unparse(called) not in allowed:
                faults.append(f"calls {ast.unparse(called)}")
            case ast.IfExp() | ast.comprehension() | ast.Lambda() | ast.NamedExpr() | ast.BoolOp() | ast.Compare():
                faults.append(f"decides: {type(node).__name__}")
            case ast.Name(id=name) if name not in names:
                faults.append(f"looks at {name}")
    return faults


def statements_of(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, ast.For):
            yield from statements_of(statement.body)
            yield from statement.orelse


@every_event
def test_applying_an_event_only_assigns(kind: type[Event]) -> None:
    if kind.apply is not Event.apply:
        assert faults_of(inspect.getsource(kind.apply)) == []


def test_applying_an_event_without_an_apply_changes_nothing() -> None:
    [only] = ast.parse(textwrap.dedent(inspect.getsource(Event.apply))).body
    assert isinstance(only, ast.FunctionDef)
    assert [type(statement) for statement in only.body] == [ast.Expr]


@pytest.mark.parametrize(
    "statement",
    [
        "if lead.is_deleted: lead.title = self.title",
        "raise Gone('deleted')",
        "lead.at = datetime.now()",
        "lead.at = self.at if self.at else None",
        "lead.id = uuid4()",
        "lead.note = open('note').read()",
        "lead.labels.append(self.label)",
        "lead.record(LeadSeen)",
        "self.seen = True",
        "other.seen = True",
        "lead.title = TITLES",
        "lead.title = self.title or 'untitled'",
        "lead.labels = [label for label in self.labels]",
        "lead.details.title = self.title",
        "setattr(self, 'title', 1)",
        "del lead.title",
        "lead.count += 1",
        "for name in self.names: print(name)",
        "import time",
        "while True: pass",
    ],
)
def test_an_apply_that_does_more_than_assign_is_found(statement: str) -> None:
    assert faults_of(f"def apply(self, lead):\n    {statement}\n")


ALLOWED_IMPORTS = {
    "__future__",
    "aggregates",
    "collections.abc",
    "contextlib",
    "dataclasses",
    "decimal",
    "enum",
    "eventsourcing.domain",
    "functools",
    "inspect",
    "itertools",
    "sys",
    "types",
    "typing",
    "unicodedata",
    "re",
}


@pytest.mark.parametrize("module", MODULES)
def test_aggregates_import_no_clock_no_chance_and_no_way_out(module: str) -> None:
    for node in ast.walk(ast.parse((FOLDER / f"{module}.py").read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported = {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported = {str(node.module)}
            if node.module == "uuid":
                assert {alias.name for alias in node.names} <= {"UUID", "uuid5"}
                continue
        else:
            continue
        strangers = {name for name in imported if name.split(".")[0] != "aggregates"} - ALLOWED_IMPORTS
        assert not strangers


# The catalogue


def test_the_catalogue_of_events_is_up_to_date() -> None:
    written = (FOLDER / "EVENTS.md").read_text("utf-8")
    assert written == catalogue(), "run: python -m aggregates.catalogue > aggregates/EVENTS.md"


@every_event
def test_an_event_stands_in_the_catalogue_with_every_field(kind: type[Event]) -> None:
    heading, _, section = catalogue().partition(f"\n### {kind.__name__}")
    assert heading
    described = section.partition("\n#")[0]
    for name in told_by(kind):
        row = next(line for line in described.splitlines() if line.startswith(f"| `{name}` |"))
        personal = {path for path in kind.personal if path.split(".")[0] == name}
        assert row.endswith(("yes |", "` |")) == bool(personal)


def test_the_catalogue_is_printed_for_people(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "aggregates.catalogue")
    runpy.run_module("aggregates.catalogue", run_name="__main__")
    assert capsys.readouterr().out == catalogue()
