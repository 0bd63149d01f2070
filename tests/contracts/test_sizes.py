"""Files stay small: a file that outgrows the limit is usually two things."""

from __future__ import annotations

from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]

LIMITS = {"aggregates": 300, "projections": 300, "service": 300, "tests": 400}
"""Lines that a file may have at most, by its folder, as `CONTRIBUTING.md` says."""

LARGER = {"aggregates/deal.py", "service/log/recorder.py"}
"""Files that are still to be parted."""


def too_large(folder: Path, limit: int) -> set[str]:
    """The modules below a folder that have more lines than they may, by their paths from the folder's parent."""
    modules = folder.rglob("*.py")
    return {path.relative_to(folder.parent).as_posix() for path in modules if path.read_bytes().count(b"\n") > limit}


@pytest.mark.parametrize(("folder", "limit"), LIMITS.items())
def test_no_file_outgrows_its_limit(folder: str, limit: int) -> None:
    assert too_large(CHECKOUT / folder, limit) - LARGER == set()


def test_a_file_with_one_line_too_many_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "aggregates"
    folder.mkdir()
    (folder / "small.py").write_text("pass\n" * 3)
    (folder / "large.py").write_text("pass\n" * 4)
    assert too_large(folder, 3) == {"aggregates/large.py"}
