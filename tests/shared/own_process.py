"""Code in a Python of its own, for what depends on what was imported before."""

import subprocess
import sys


def printed_by(*words: str) -> str:
    """What ``python WORDS`` prints, without the last line's end; it must succeed within two minutes."""
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.rstrip("\n")
