"""What a browser would send of a form as it stands on a page, without its buttons."""

from __future__ import annotations

from html.parser import HTMLParser

Fields = dict[str, list[str]]


def filled(page: str, form_id: str) -> Fields:
    """The values of the fields of the form with an id, by their names."""
    form = _Form(form_id)
    form.feed(page)
    return form.fields


class _Form(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.fields: Fields = {}
        self._form_id, self._is_inside, self._select, self._area = form_id, False, "", ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._is_inside = told.get("id") == self._form_id
        if not self._is_inside:
            return
        name = told.get("name", "")
        match tag:
            case "input" if name and (told.get("type") != "checkbox" or "checked" in told):
                self.fields.setdefault(name, []).append(told.get("value", ""))
            case "textarea":
                self._area = name
                self.fields.setdefault(name, []).append("")
            case "select":
                self._select = name
            case "option" if self._select not in self.fields or "selected" in told:
                self.fields[self._select] = [told.get("value", "")]

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "form":
            self._is_inside = False
