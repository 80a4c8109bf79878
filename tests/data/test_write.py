"""A reader sees the old file or the new one; a failure leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from holdfast.data import write_atomic, write_folder_atomic, write_text_atomic
from holdfast.data.write import _sibling as sibling_of
from holdfast.errors import OutputError


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_text_replaces_the_old_one(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("old")
    path.chmod(0o640)
    write_text_atomic(path, "né")
    assert path.read_bytes() == "né".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names(tmp_path) == ["report.json"]


def test_a_new_file_has_ordinary_permissions(tmp_path):
    (tmp_path / "plain").touch()
    write_text_atomic(tmp_path / "ours", "x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failing_block_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "report.json"
    path.write_text("old")

    def write():
        with write_atomic(path) as handle:
            handle.write(b"half")
            raise error

    with pytest.raises(error):
        write()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["report.json"]


def test_the_callers_own_missing_file_is_not_blamed_on_the_output(tmp_path):
    with pytest.raises(FileNotFoundError), write_atomic(tmp_path / "out"):
        (tmp_path / "in").read_text()


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_text_atomic(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_bad_places_say_what_to_do(tmp_path):
    (tmp_path / "file").write_text("x")
    for path, advice in [
        (tmp_path / "no" / "out", "Create the folder first"),
        (tmp_path / "file" / "out", "a file, not a folder"),
        (tmp_path, "the path is a folder"),
        (tmp_path / ("n" * 300), "shorter"),
    ]:
        with pytest.raises(OutputError) as caught:
            write_text_atomic(path, "x")
        assert advice.lower() in str(caught.value).lower()
        assert str(path) in str(caught.value)
    assert names(tmp_path) == ["file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="permission"):
        write_text_atomic(tmp_path / "out", "x")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux only")
def test_a_full_device_is_reported_and_stays_a_device():
    with pytest.raises(OutputError, match="no space left"):
        write_text_atomic("/dev/full", "x")
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


@pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")
@pytest.mark.parametrize("old", [None, "old"])
def test_a_full_disk_leaves_nothing_half_written(tmp_path, old):
    if old is not None:
        (tmp_path / "out").write_text(old)
    code = """
        import resource, signal, sys
        from holdfast.data import write_atomic
        from holdfast.errors import OutputError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            with write_atomic("out") as handle:
                for _ in range(100):
                    handle.write(b"x" * 1000)
        except OutputError as error:
            sys.exit(str(error))
    """
    source = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "out: cannot be written: file too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert names(tmp_path) == (["out"] if old else [])
    assert old is None or (tmp_path / "out").read_text() == old


def test_a_folder_appears_whole(tmp_path):
    with write_folder_atomic(tmp_path / "anchor") as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "a").write_text("1")
        assert not (tmp_path / "anchor").exists()
    assert (tmp_path / "anchor" / "deep" / "a").read_text() == "1"
    assert names(tmp_path) == ["anchor"]


def test_a_folder_that_fails_is_removed(tmp_path):
    def write():
        with write_folder_atomic(tmp_path / "anchor") as folder:
            (folder / "a").write_text("1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert names(tmp_path) == []


def test_an_existing_folder_is_replaced_on_request_only(tmp_path):
    target = tmp_path / "anchor"
    target.mkdir()
    with write_folder_atomic(target) as folder:  # an empty one is free
        (folder / "manifest.json").write_text('{"schema": "holdfast.anchor/1"}')
    with pytest.raises(OutputError, match="not empty"), write_folder_atomic(target):
        pytest.fail("the block must not run")
    with write_folder_atomic(target, replace=True) as folder:
        (folder / "new").write_text("2")
    assert names(target) == ["new"]
    assert names(tmp_path) == ["anchor"]


@pytest.mark.parametrize("manifest", [None, "{}", '{"schema": "other"}', "[]", "{"])
def test_a_folder_of_somebody_else_is_never_replaced(tmp_path, manifest):
    target = tmp_path / "thesis"
    target.mkdir()
    (target / "chapter1.md").touch()
    if manifest is not None:
        (target / "manifest.json").write_text(manifest)
    before = names(target)
    with (
        pytest.raises(OutputError, match="not written by holdfast"),
        write_folder_atomic(target, replace=True),
    ):
        pytest.fail("the block must not run")
    assert names(target) == before


def test_the_current_folder_is_never_replaced(tmp_path):
    with contextlib.chdir(tmp_path):
        for path in (".", tmp_path.parent):
            with pytest.raises(OutputError, match="you are in it"), write_folder_atomic(path, replace=True):
                pytest.fail("the block must not run")


@pytest.mark.skipif(sys.platform == "win32", reason="needs /dev/stdout")
def test_standard_output_by_its_name_is_written_through_a_pipe():
    code = "from holdfast.data import write_text_atomic; write_text_atomic('/dev/stdout', 'x')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)  # noqa: S603 - our own
    assert done.stdout == b"x"


def test_a_folder_filled_meanwhile_is_not_overwritten(tmp_path):
    target = tmp_path / "anchor"

    def write():
        with write_folder_atomic(target) as folder:
            (folder / "ours").touch()
            target.mkdir()
            (target / "theirs").touch()

    with pytest.raises(OutputError, match="not empty"):
        write()
    assert names(target) == ["theirs"]
    assert names(tmp_path) == ["anchor"]


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "anchor").touch()
    with (
        pytest.raises(OutputError, match="a file stands"),
        write_folder_atomic(tmp_path / "anchor", replace=True),
    ):
        pass


def test_what_a_killed_writer_left_is_swept_and_what_others_write_is_not(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    gone = int(done.stdout)
    own = sibling_of(tmp_path / "out")
    dead = own.with_name(own.name.replace(f"-{os.getpid()}-", f"-{gone}-"))
    far = tmp_path / f".out.00000000-{gone}-abcdef.tmp"
    for folder in (own, dead, far):
        folder.mkdir()
    with write_folder_atomic(tmp_path / "out") as folder:
        (folder / "x").write_text("1")
    assert own.is_dir()  # this process is alive
    assert far.is_dir()  # nobody here knows whether that machine's is
    assert not dead.exists()
