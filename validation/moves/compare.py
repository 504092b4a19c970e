"""Do commands print the same values before and after modules are moved?

python validation/moves/compare.py record|check [--marrowdose PATH] [--only GLOB]
"""

from __future__ import annotations

import argparse
import fnmatch
import gzip
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from commands import COMMANDS
from expected import EXPECTED, Expected

HERE = Path(__file__).parent
INPUTS = HERE / "inputs"
RECORD = HERE / "before.json.gz"
RELATIVE = 2e-6
ZERO = 1e-12
SHOWN = 12
PATH = re.compile(
    r"(?<![\w.:/])/(?:[\w.+-]+/)+"
)  # of a machine: its folders are dropped, the name of the file stays
ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

Object = dict[str, Any]
NewName = Callable[[str, str], str | None]  # of a kind of move ("renamed", "wrapped", "named") and a path


class Difference(NamedTuple):
    """One value that is not what it was."""

    kind: str  # "changed", "gone", "added"
    path: str  # as out/doses/3/benefit
    before: Any = None
    after: Any = None


def run(program: Path, argv: list[str]) -> dict[str, Any]:
    """What a command leaves behind: exit code, answer (JSON, or lines of text), and why it was refused, if
    it was.
    """
    done = subprocess.run(
        [str(program), *argv],
        cwd=INPUTS,
        env={**os.environ, **ONE_CORE},
        capture_output=True,
        encoding="utf-8",
    )
    told = PATH.sub("", done.stderr) if done.returncode else ""  # else it is progress, with its seconds
    return {"exit": done.returncode, "out": read(PATH.sub("", done.stdout)), "error": told}


def read(text: str) -> Any:
    """The value of a JSON text, or the lines of any other."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text.splitlines()


def same_number(before: float, after: float) -> bool:
    """Equal within the relative tolerance or half a unit of the sixth digit, as one of them may be printed
    with six.
    """
    if before == after or (before != before and after != after):
        return True
    size = max(abs(before), abs(after))
    if size in (float("inf"), 0.0) or size != size:
        return False
    half_unit = 0.5 * float(f"1e{int(f'{size:.5e}'.split('e')[1]) - 5}")
    return abs(before - after) <= max(ZERO, RELATIVE * size, half_unit * (1 + 1e-6))


def same_value(before: Any, after: Any) -> bool:
    """Whole numbers, texts, true, false and null exactly; other numbers within the tolerance."""
    if {type(before), type(after)} in ({float}, {int, float}):
        return same_number(before, after)
    return type(before) is type(after) and bool(before == after)


def differences(before: Any, after: Any, path: str, new_name: NewName) -> Iterator[Difference]:
    """Every value that differs; ``new_name`` tells where a value went that is expected to have moved."""
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_objects(before, after, path, new_name)
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield Difference("changed", f"{path}/length", len(before), len(after))
        for place, (old, new) in enumerate(zip(before, after, strict=False)):
            yield from differences(old, new, f"{path}/{place}", new_name)
    elif isinstance(before, list) and isinstance(after, dict) and (key := new_name("wrapped", path)) in after:
        yield from _of_objects({key: before}, after, path, new_name)
    elif isinstance(after, dict) and (names := new_name("named", path)):
        items = before if isinstance(before, list) else [before]
        yield from _of_objects(dict(zip(names.split(), items, strict=True)), after, path, new_name)
    elif not same_value(before, after):
        yield Difference("changed", path, before, after)


def _of_objects(before: Object, after: Object, path: str, new_name: NewName) -> Iterator[Difference]:
    left = dict(after)
    for key, old in before.items():
        here = f"{path}/{key}"
        name = key if key in after else new_name("renamed", here)
        if name in left:
            yield from differences(old, left.pop(name), here, new_name)
        else:
            yield Difference("gone", here, old)
    for key, new in left.items():
        yield Difference("added", f"{path}/{key}", after=new)


class Expectations:
    """The table of expected differences, and how often each of its rows was met."""

    def __init__(self, rows: tuple[Expected, ...]) -> None:
        self.met: dict[Expected, int] = dict.fromkeys(rows, 0)

    def excuse(self, command: str, found: Difference) -> bool:
        """True if a row expects this difference; every such row is then met."""
        kinds = {found.kind, "null gone"} if found.kind == "gone" and found.before is None else {found.kind}
        return bool(self._meet(kinds, command, found.path))

    def new_name(self, command: str, kind: str, path: str) -> str | None:
        """The key under which a value is now, if the first row that fits says one."""
        return next((row.now for row in self._meet({kind}, command, path)), None)

    def _meet(self, kinds: set[str], command: str, path: str) -> list[Expected]:
        rows = [row for row in self.met if row.kind in kinds and _fits(row, command, path)]
        for row in rows:
            self.met[row] += 1
        return rows


def _fits(row: Expected, command: str, path: str) -> bool:
    return fnmatch.fnmatchcase(command, row.command) and fnmatch.fnmatchcase(path, row.path)


def record(program: Path, names: list[str]) -> int:
    """Run the commands and keep what they left behind."""
    kept = json.loads(gzip.decompress(RECORD.read_bytes())) if RECORD.exists() else {}
    fresh = {name: {"argv": COMMANDS[name], **_timed(program, name)} for name in names}
    found = {name: fresh.get(name, kept.get(name)) for name in COMMANDS if name in fresh or name in kept}
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    RECORD.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{len(fresh)} of {len(COMMANDS)} commands recorded, {RECORD.stat().st_size / 1000:.0f} kB")
    return 0


def check(program: Path, names: list[str]) -> int:
    """Run the commands again and report what differs; 1 if any difference is not expected."""
    kept = json.loads(gzip.decompress(RECORD.read_bytes()))
    expectations = Expectations(EXPECTED)
    failed = [name for name in names if not _agrees(program, name, kept.get(name), expectations)]
    for row, times in expectations.met.items():
        told = f"met {times} times" if times else "NOT MET"
        print(f"expected, {told}: {row.kind} {row.path} in {row.command}: {row.reason}")
    print(
        f"{len(names) - len(failed)} of {len(names)} commands agree"
        + (f"; not: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


def _agrees(program: Path, name: str, before: dict[str, Any] | None, expectations: Expectations) -> bool:
    if before is None or before["argv"] != COMMANDS[name]:
        print(f"{name}: not recorded with these arguments; record it with the code before the moves")
        return False
    after = _timed(program, name)
    found = [
        one
        for part in ("exit", "out", "error")
        for one in differences(before[part], after[part], part, partial(expectations.new_name, name))
    ]
    left = [one for one in found if not expectations.excuse(name, one)]
    for one in left[:SHOWN]:
        print(f"  {_told(one)}")
    if len(left) > SHOWN:
        print(f"  and {len(left) - SHOWN} more")
    return not left


def _timed(program: Path, name: str) -> dict[str, Any]:
    start = time.perf_counter()
    found = run(program, COMMANDS[name])
    print(f"{name}: exit {found['exit']}, {time.perf_counter() - start:.1f} s", flush=True)
    return found


def _told(found: Difference) -> str:
    was = "absent" if found.kind == "added" else _short(found.before)
    now = "absent" if found.kind == "gone" else _short(found.after)
    return f"{found.kind} {found.path}: {was} -> {now}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:157]}..."


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("record", "check"))
    parser.add_argument(
        "--marrowdose",
        type=Path,
        default=Path(sys.executable).parent / "marrowdose",
        help="the program (default: that of this Python)",
    )
    parser.add_argument("--only", default="*", metavar="GLOB", help="only the commands of these names")
    args = parser.parse_args()
    names = [name for name in COMMANDS if fnmatch.fnmatchcase(name, args.only)]
    if not names or not args.marrowdose.exists():
        parser.error(f"no command is named {args.only}" if not names else f"{args.marrowdose} is not there")
    return (record if args.what == "record" else check)(args.marrowdose.absolute(), names)


if __name__ == "__main__":
    sys.exit(main())
