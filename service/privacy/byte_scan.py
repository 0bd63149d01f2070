"""Looks for words in the raw bytes of files, in a process of its own.

POSIX file locks belong to a process, not to a descriptor: whoever opens and closes a file that SQLite has open in the
same process drops SQLite's locks on it, and the next process that closes the database then removes the write-ahead log
under the service. So files of a live database are read by a program that has no connection to it: this module, run as
a script. It needs the standard library only.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

_BLOCK = 1 << 20


class ScanFailed(Exception):
    """The files could not be read; the message says why."""


def files_with(words: Iterable[bytes], paths: Iterable[Path]) -> list[Path]:
    """Those of the files that hold one of the words, as raw bytes; a file that is not there holds none.

    The words reach the other process through a pipe, never on its command line, where everybody could read them.
    It reads about a gigabyte in a second for each handful of words. Raises `ScanFailed`.
    """
    wanted = {"words": [word.hex() for word in words], "paths": [str(path.absolute()) for path in paths]}
    command = [sys.executable, "-I", "-S", __file__]
    done = subprocess.run(command, input=json.dumps(wanted).encode(), capture_output=True, check=False)
    if done.returncode:
        raise ScanFailed(
            f"the database's files cannot be looked through: {done.stderr.decode(errors='replace')[-200:]}"
        )
    return [Path(path) for path in json.loads(done.stdout)]


def _holds_any(path: str, words: list[bytes]) -> bool:
    overlap = max(map(len, words), default=1) - 1
    try:
        with open(path, "rb") as file:
            seen = b""
            while block := file.read(_BLOCK):
                seen += block
                if any(word in seen for word in words):
                    return True
                seen = seen[-overlap:] if overlap else b""
    except FileNotFoundError:
        pass
    return False


def _main() -> None:
    wanted = json.load(sys.stdin)
    words = [bytes.fromhex(word) for word in wanted["words"]]
    json.dump([path for path in wanted["paths"] if _holds_any(path, words)], sys.stdout)


if __name__ == "__main__":
    _main()
