"""Runs the verifier as a program."""

from __future__ import annotations

import sys

from service.evidence.verifier.command import main

if __name__ == "__main__":
    sys.exit(main())
