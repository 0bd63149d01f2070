"""Serves the files that pages refer to, under addresses by content, which browsers may keep for ever."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from base64 import b64encode
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from flask import Response, request

from service.http.call import PublicCall
from service.http.compression import takes_gzip
from service.http.errors import NotFound
from service.pages.family import pages

ROOM = Path(__file__).parent
STYLE = "style.css"
_FIRST_STYLES = ("layout.css", "pieces.css")
_FOR_EVER = "public, max-age=31536000, immutable"
_FORMATS = ("text/javascript", "text/css", "image/svg+xml")
_MISSING = "there is no such file; load the page anew"


@dataclass(frozen=True)
class Asset:
    """A file that pages refer to: its bytes, and the SHA-256 by which a browser knows that it got these."""

    name: str
    content: bytes

    @cached_property
    def packed(self) -> bytes:
        """The content as gzip has it, as small as can be: it is packed once."""
        return gzip.compress(self.content, mtime=0)

    @property
    def integrity(self) -> str:
        """As the attribute of that name wants it (W3C Subresource Integrity)."""
        return f"sha256-{b64encode(hashlib.sha256(self.content).digest()).decode()}"

    @property
    def address(self) -> str:
        """Where it is served. Scripts name each other relatively, so one digest stands for all of them."""
        return f"/assets/{_digest()}/{self.name}"


@cache
def assets() -> dict[str, Asset]:
    """All of them by name: the files in ``assets/``, and the styles of this room as one."""
    found = [Asset(path.name, path.read_bytes()) for path in sorted((ROOM / "assets").iterdir())]
    return {asset.name: asset for asset in (*found, Asset(STYLE, _style()))}


def _style() -> bytes:
    """Every stylesheet that stands beside a template, those that all pages need first."""
    first = [ROOM / name for name in _FIRST_STYLES]
    others = sorted(path for path in ROOM.rglob("*.css") if path not in first)
    return b"\n".join(path.read_bytes() for path in (*first, *others))


@cache
def _digest() -> str:
    whole = hashlib.sha256()
    for name, asset in sorted(assets().items()):
        whole.update(name.encode() + b"\0" + hashlib.sha256(asset.content).digest())
    return whole.hexdigest()[:16]


@pages.page(
    "/assets/<digest>/<name>", formats=_FORMATS, is_public=True, no_past="it is a part of this version of the service"
)
def get_asset(call: PublicCall, digest: str, name: str) -> Response:
    """A script, a stylesheet or a picture."""
    asset = assets().get(name)
    if asset is None or digest != _digest():
        raise NotFound(_MISSING)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = Response(asset.content, mimetype=kind, headers={"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"})
    if takes_gzip(request):
        response.set_data(asset.packed)
        response.headers["Content-Encoding"] = "gzip"
    return response
