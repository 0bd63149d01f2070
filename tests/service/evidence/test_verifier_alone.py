"""The verifier, as the one file that an auditor copies: what it says where something that it needs is not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import service.evidence.verifier as verifier


def test_without_the_library_for_signatures_it_cannot_tell_and_says_so(tmp_path: Path) -> None:
    alone = [sys.executable, "-I", "-S", verifier.__file__]  # without the folder that packages are installed in
    for arguments in (["--help"], [str(tmp_path)], ["sqlite:////no/such/file.db", "--key", "x"]):
        ended = subprocess.run([*alone, *arguments], text=True, capture_output=True, check=False)
        assert ended.returncode == verifier.UNTOLD
        assert ended.stdout.startswith("CANNOT TELL: ")
        assert "pip install cryptography" in ended.stdout
        assert (ended.stdout + ended.stderr).count("\n") == 1
