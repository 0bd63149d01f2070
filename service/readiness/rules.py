"""The kinds of rules of a policy: what each finds in the facts about a lead, or what is missing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from projections.signals import LatestSignal, last_of
from service.readiness.patterns import Pattern
from service.readiness.words import WordForms, bare_words_of, parts_of, words_of

LONGEST_TEXT = 2000
"""Characters of a text that are looked at: longer ones are notes, and say what they are about at the beginning."""

Evidence = dict[str, Any]


@dataclass(frozen=True)
class Saying:
    """A text about a lead, and where it stands: organization_name, domain, title or note."""

    where: str
    text: str

    @cached_property
    def words(self) -> list[str]:
        """Its folded words."""
        return words_of(self.text)

    @cached_property
    def bare_words(self) -> list[str]:
        """The words of a domain, as domains spell them; of other texts there are none."""
        return bare_words_of(self.text) if self.where == "domain" else []


@dataclass(frozen=True)
class Facts:
    """All that a lead is judged by: texts about it, the name of its source, and the latest signals."""

    sayings: Sequence[Saying]
    source_name: str
    signals: Sequence[LatestSignal]

    def latest(self, kind: str) -> LatestSignal | None:
        """The latest signal of a kind that does not deny interest."""
        return last_of([signal for signal in self.signals if signal.kind == kind and signal.interest is not False])


@dataclass(frozen=True)
class Finding:
    """What a rule finds: evidence where it is met, or what is missing, in words."""

    rule: Rule
    met: bool
    evidence: Sequence[Evidence]
    missing: str | None = None


@dataclass(frozen=True)
class Rule(ABC):
    """One reason why a lead should become a deal."""

    name: str
    weight: int

    @abstractmethod
    def judge(self, facts: Facts) -> Finding:
        """What the rule finds in the facts."""

    def _found(self, evidence: Sequence[Evidence], missing: str) -> Finding:
        return Finding(self, True, evidence) if evidence else Finding(self, False, (), missing)


@dataclass(frozen=True)
class ProductLine:
    """Something that is sold, and the words, phrases and patterns that tell of it.

    ``words`` and ``bare_words`` lead from each form of a word to the word as it was given; a phrase is a word's forms
    one after another.
    """

    name: str
    words: Mapping[str, str]
    bare_words: Mapping[str, str]
    phrases: Sequence[tuple[str, Sequence[WordForms]]]
    patterns: Sequence[tuple[str, Pattern]]

    def told_by(self, saying: Saying) -> str | None:
        """The first word, phrase or pattern of the line that a text contains; None where it contains none."""
        return next(self._told_by(saying), None)

    def _told_by(self, saying: Saying) -> Iterator[str]:
        yield from _known(saying.words, self.words)
        yield from _known(saying.bare_words, self.bare_words)
        yield from (text for text, phrase in self.phrases if _stands_in(phrase, saying.words))
        yield from (text for text, pattern in self.patterns if pattern.search(saying.text))


def _known(said: Sequence[str], wanted: Mapping[str, str]) -> Iterator[str]:
    return (wanted[part] for word in said for part in parts_of(word) if part in wanted)


def _stands_in(phrase: Sequence[WordForms], said: Sequence[str]) -> bool:
    starts = range(len(said) - len(phrase) + 1)
    return any(
        all(not set(forms).isdisjoint(parts_of(word)) for forms, word in zip(phrase, said[start:], strict=False))
        for start in starts
    )


@dataclass(frozen=True)
class Fit(Rule):
    """What the lead is about is what is sold."""

    product_lines: Sequence[ProductLine]

    def judge(self, facts: Facts) -> Finding:
        """Met where any text about the lead tells of a product line."""
        return self._found(list(self._evidence(facts)), self._missing)

    @cached_property
    def _missing(self) -> str:
        lines = " or ".join(line.name for line in self.product_lines)
        return f"nothing in the organization's name and domain, the title or the notes tells of {lines}"

    def _evidence(self, facts: Facts) -> Iterator[Evidence]:
        for saying in facts.sayings:
            for line in self.product_lines:
                matched = line.told_by(saying)
                if matched is not None:
                    told = {"where": saying.where, "text": saying.text, "matched": matched}
                    yield {**told, "product_line": line.name}


@dataclass(frozen=True)
class Interest(Rule):
    """The customer showed interest, and has not denied it since."""

    kinds: Sequence[str]

    def judge(self, facts: Facts) -> Finding:
        """Met where the latest of these signals that tells of interest shows it."""
        of_kind = [signal for signal in facts.signals if signal.kind in self.kinds]
        last = last_of([signal for signal in of_kind if signal.interest is not None])
        if last is not None and last.interest:
            return self._found([evidence_of(last)], "")
        if last is not None:
            return self._found([], f"the last {in_words(last.kind)} showed no interest; one that shows it is needed")
        if of_kind:
            return self._found([], f"nobody has noted whether the {in_words(of_kind[-1].kind)} showed interest")
        return self._found([], self._missing)

    @cached_property
    def _missing(self) -> str:
        return f"a signal of interest is missing: {_any_of(self.kinds)}"


@dataclass(frozen=True)
class Qualification(Rule):
    """The lead came by a door, and somebody looked at it more closely."""

    sources: Sequence[str]
    kinds: Sequence[str]

    def judge(self, facts: Facts) -> Finding:
        """Met where the lead came from one of the sources and has all of these signals."""
        comes = not self.sources or facts.source_name in self.sources
        signals = {kind: facts.latest(kind) for kind in self.kinds}
        missing = [in_words(kind) for kind, signal in signals.items() if signal is None]
        lacking = [] if comes else [f"it came from {facts.source_name}, not from {' or '.join(self.sources)}"]
        lacking += [f"a signal is missing: {' and '.join(missing)}"] if missing else []
        if lacking:
            return self._found([], "; ".join(lacking))
        source = [{"source": facts.source_name}] if self.sources else []
        return self._found([*source, *(evidence_of(signal) for signal in signals.values() if signal)], "")


@dataclass(frozen=True)
class FirstStage(Rule):
    """The lead meets the entry criterion of a pipeline's first stage, or of the stage that ``stage_id`` names."""

    kinds: Sequence[str]
    stage_id: int | None

    def judge(self, facts: Facts) -> Finding:
        """Met where there is any of these signals."""
        found = [signal for kind in self.kinds if (signal := facts.latest(kind)) is not None]
        return self._found(list(map(evidence_of, found)), self._missing)

    @cached_property
    def _missing(self) -> str:
        return f"the entry criterion of the first stage is missing: {_any_of(self.kinds)}"


def evidence_of(signal: LatestSignal) -> Evidence:
    """A signal as evidence."""
    return {**signal._asdict()}


def in_words(kind: str) -> str:
    """A kind of signal as people say it."""
    return kind.removeprefix("x_").replace("_", " ")


def _any_of(kinds: Sequence[str]) -> str:
    """Kinds of signals of which one is enough."""
    return " or ".join(map(in_words, kinds))
