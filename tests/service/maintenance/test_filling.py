"""The process that makes a rebuild's rows is at work at once, whatever the program is that was started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
print("begun", flush=True)
if __name__ == "__main__":
    from service.maintenance.filling import filled_beside
    print([list(rows) for rows in filled_beside([], print)])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process has to begin anew")
def test_the_program_is_not_begun_again_in_the_process_beside(tmp_path: Path) -> None:
    program, root = tmp_path / "program.py", Path(__file__).parents[3]
    program.write_text(PROGRAM)
    done = subprocess.run([sys.executable, program], capture_output=True, env={"PYTHONPATH": str(root)}, check=True)
    assert done.stdout.decode().splitlines() == ["begun", "[[]]"]
