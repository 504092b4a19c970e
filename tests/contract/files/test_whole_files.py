"""A file is written whole or not at all."""

import os
from pathlib import Path

import pytest

from marrowdose.errors import InputError
from marrowdose.files.whole import write_bytes_atomically, write_text_atomically


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    target = tmp_path / "plan.html"
    write_text_atomically(target, "old")
    write_text_atomically(target, "né\n")
    assert target.read_bytes() == "né\n".encode()
    assert os.listdir(tmp_path) == ["plan.html"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_bytes_atomically(tmp_path / "link", b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"x"


@pytest.mark.parametrize("path", ["", "folder", "missing/plan.html", "file/plan.html", "a\0b", "n" * 300])
def test_what_cannot_be_written_is_an_input_error(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept")
    with pytest.raises(InputError, match="name a file in a folder"):
        write_text_atomically(tmp_path / path, "x")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "plan.html"
    target.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_text_atomically(target, "new")
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["plan.html"]


def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="not a file"):
        write_text_atomically(tmp_path / "pipe", "x")
    assert (tmp_path / "pipe").is_fifo()
