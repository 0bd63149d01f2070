"""Reads the forms of a page as a browser does: where they go, what they would send, which fields are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

Told = list[tuple[str, str]]
"""Names and values, as a form sends them."""


@dataclass
class Control:
    """A field of a form, or a button that says something; ``values`` are those that it sends as it stands."""

    name: str
    kind: str
    values: list[str]
    choices: list[str] = field(default_factory=list)
    is_required: bool = False
    is_invalid: bool = False

    @property
    def told(self) -> list[str]:
        """What somebody sends who fills it in: of choices one, at least."""
        if self.is_required and not any(self.values):
            return ["kari@roer.no" if self.kind == "email" else "Something long enough"]
        return self.values if any(self.values) else [choice for choice in self.choices if choice][:1] or self.values

    @property
    def is_typed(self) -> bool:
        """Whether one types into it."""
        return self.kind not in ("hidden", "select", "checkbox", "radio", "button", "")


@dataclass
class Form:
    """A form that changes something; buttons that say something are not pressed yet."""

    action: str
    controls: list[Control] = field(default_factory=list)
    buttons: list[Control] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What tells it from the other forms of a page with the same action."""
        return next((control.values[0] for control in self.controls if control.name == "form"), "")

    @property
    def offers(self) -> tuple[str, ...]:
        """What may be filled in and pressed, whatever it is about: the same for each of several stages, say."""
        return self.action, *(control.name for control in self.controls), *(str(each.values) for each in self.buttons)

    def is_same(self, other: Form) -> bool:
        """Whether it is that form, of which a page may have several, as it is shown another time."""
        return self._what() == other._what()

    def _what(self) -> tuple[str, set[str], list[list[str]]]:
        hidden = [control.values for control in self.controls if control.kind == "hidden" and control.name != "seen"]
        return self.action, {control.name for control in [*self.controls, *self.buttons]}, hidden

    def told(self) -> Iterator[Told]:
        """What it would send as it stands, with what it requires filled in: once for each of its buttons."""
        fields = [(control.name, value) for control in self.controls for value in control.told]
        for button in self.buttons or [Control("", "", [])]:
            yield [*fields, *((button.name, value) for value in button.values)]


def forms_of(html: str) -> list[Form]:
    """The forms of a page that are sent by POST."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._open: Control | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        is_script_s = "hidden" in has  # and nobody can send it
        if tag == "form" and not is_script_s and (has.get("method") or "get").lower() == "post":
            self._form = Form(has.get("action") or "")
            self.forms.append(self._form)
        if self._form is None:
            return
        if tag == "option" and self._open is not None:
            self._open.choices.append(has.get("value") or "")
            if not self._open.values or "selected" in has:
                self._open.values = [has.get("value") or ""]
        elif tag in ("input", "select", "textarea", "button") and "disabled" not in has:
            self._control(tag, has)

    def _control(self, tag: str, has: dict[str, str | None]) -> None:
        assert self._form is not None
        kind = (has.get("type") or "text") if tag == "input" else tag
        is_left_out = kind in ("checkbox", "radio") and "checked" not in has
        value = has.get("value", "on" if kind == "checkbox" else "") or ""
        values = [] if is_left_out or tag in ("select", "textarea") else [value]
        is_required, is_invalid = "required" in has, has.get("aria-invalid") == "true"
        choices = [value] if is_left_out else []
        control = Control(has.get("name") or "", kind, values, choices, is_required, is_invalid)
        if tag in ("select", "textarea"):
            self._open = control
        if control.name:
            (self._form.buttons if tag == "button" else self._form.controls).append(control)

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._open.kind == "textarea":
            self._open.values = ["".join([*self._open.values, data])]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag in ("select", "textarea") and self._open is not None:
            if tag == "textarea" and not self._open.values:
                self._open.values = [""]
            self._open = None
