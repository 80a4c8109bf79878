"""Facts on disk: what is kept comes back to the bit, and whatever happens to a file, a wrong answer never does."""

import multiprocessing
import os
import pickle
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from holdfast.backends.store.key import Key
from holdfast.backends.store.opening import open_store
from holdfast.backends.store.store import Store
from holdfast.errors import UsageError

KEY = Key(kind="letters", version=1, parts=("sha256:ab", "sha256:cd"))
FACTS = {
    "rows": np.arange(12, dtype=np.int32).reshape(4, 3),
    "sum": np.array([1.5, np.nan, -0.0]),
    "name": "Wörter",
    "texts": ["a", "", "é" * 3],
}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "s", bound=10**8, tell=fail)


def fail(said):
    raise AssertionError(said)


def files(folder):
    return sorted(file for file in Path(folder).rglob("*") if file.is_file() and file.name != "CACHEDIR.TAG")


def same(found, facts):
    assert found is not None
    assert list(found) == list(facts)
    for name, value in facts.items():
        if isinstance(value, np.ndarray):
            assert found[name].dtype == value.dtype.newbyteorder("=")
            assert found[name].shape == value.shape
            assert found[name].tobytes() == value.astype(value.dtype.newbyteorder("="), order="C").tobytes()
            assert not found[name].flags.writeable
            assert found[name].flags.aligned
        else:
            assert found[name] == (value if isinstance(value, str) else list(value))
    return True


TYPES = st.one_of(
    arrays.integer_dtypes(endianness="?"),
    arrays.unsigned_integer_dtypes(endianness="?"),
    arrays.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
    arrays.boolean_dtypes(),
    arrays.unicode_string_dtypes(endianness="?"),
    arrays.byte_string_dtypes(),
    arrays.complex_number_dtypes(endianness="?", sizes=(64, 128)),
    st.just(np.dtype("datetime64[s]")),
)
SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)
TEXT = st.text(st.characters(exclude_categories=()), max_size=8)
VALUES = st.one_of(arrays.arrays(TYPES, SHAPES), TEXT, st.lists(TEXT, max_size=5), st.tuples(TEXT, TEXT))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    facts=st.dictionaries(TEXT, VALUES, max_size=4),
    kind=TEXT,
    version=st.integers(0, 10),
    parts=st.lists(TEXT, max_size=3),
)
def test_what_is_kept_comes_back(tmp_path, facts, kind, version, parts):
    store = Store(tmp_path / "s", bound=10**8, tell=fail)
    key = Key(kind=kind, version=version, parts=tuple(parts))
    store.put(key, facts)
    assert same(store.get(key), facts)
    for file in files(tmp_path):
        inside = file.relative_to(tmp_path / "s" / "v1")
        assert len(inside.parts) == 3
        assert inside.name.isascii()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(array=arrays.arrays(np.float64, (6, 4)))
def test_arrays_need_not_lie_together(store, array):
    facts = {"columns": array.T, "some": array[::2, ::-1], "one": array[0, 0]}
    facts["one"] = np.asarray(facts["one"])
    store.put(KEY, facts)
    assert same(store.get(KEY), facts)


def test_large_files_are_mapped_and_small_ones_hold_nothing_open(store):
    large = {"rows": np.arange(5_000_000)}
    store.put(KEY, large)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    assert same(store.get(KEY), large)
    for number in range(30):
        store.put(Key(kind="small", version=1, parts=(str(number),)), FACTS)
    kept = [store.get(Key(kind="small", version=1, parts=(str(number),))) for number in range(30)]
    assert all(same(found, FACTS) for found in kept)
    assert len(os.listdir("/proc/self/fd")) <= before + 1  # noqa: PTH208


def test_other_programs_read_the_files(store):
    store.put(KEY, FACTS)
    (file,) = files(store.folder)
    with pa.ipc.open_stream(file.read_bytes()) as reader:
        assert reader.read_all().column(0).to_pylist() == [list(range(12))]


@pytest.mark.parametrize(
    "kind",
    [
        "../../etc",
        "/abs",
        "..",
        ".",
        "",
        "a/b",
        "a\\b",
        "a\0b",
        "x" * 500,
        "é",
        "con:",
        "~",
        "%2e%2e",
        "\ud800",
    ],
)
def test_hostile_keys_stay_in_the_folder(tmp_path, kind):
    store = Store(tmp_path / "in" / "s", bound=10**8, tell=fail)
    keys = [
        Key(kind=kind, version=1, parts=("../../x", kind)),
        Key(kind="a", version=1, parts=(kind, "../../x")),
    ]
    for number, key in enumerate(keys):
        store.put(key, {"n": np.array([number])})
        store.put_record(key, number)
        assert store.get(key)["n"] == number
        assert store.get_record(key, int) == number
    assert len(files(tmp_path)) == len(files(store.folder / "v1")) == 4
    assert list((tmp_path / "in").iterdir()) == [store.folder]


def test_keys_that_look_alike_are_others(store):
    near = [
        Key(kind="a", version=1, parts=("b", "c")),
        Key(kind="a", version=1, parts=("b c",)),
        Key(kind="a", version=1, parts=('b", "c',)),
        Key(kind="A", version=1, parts=("b", "c")),
        Key(kind="a", version=11, parts=("b", "c")),
        Key(kind="a", version=1, parts=("b", "c", "")),
    ]
    for number, key in enumerate(near):
        assert store.get(key) is None
        store.put(key, {"n": np.array([number])})
    assert [int(store.get(key)["n"][0]) for key in near] == list(range(len(near)))


def test_a_file_under_another_name_is_not_believed(store):
    other = Key(kind="letters", version=1, parts=("sha256:ef",))
    store.put(KEY, FACTS)
    store.put_record(KEY, 7)
    for form in (".arrow", ".json"):
        root = store.folder / "v1" / KEY.folder
        target = root / other.file[:2] / f"{other.file}{form}"
        target.parent.mkdir(exist_ok=True)
        (root / KEY.file[:2] / f"{KEY.file}{form}").rename(target)
    assert store.get(other) is None
    assert store.get_record(other, int) is None


def test_any_damage_is_as_if_nothing_were_there(store):
    """Every bit, every length: what is read is what was written, or nothing."""
    facts = {"n": np.arange(5), "t": ["a", "b"], "s": "c"}
    store.put(KEY, facts)
    (file,) = files(store.folder)
    whole = file.read_bytes()
    chance = np.random.default_rng(0)
    wrong = [whole[:length] for length in range(0, len(whole), 7)]
    wrong += [
        bytes(len(whole)),
        b"",
        whole + b"\0",
        whole * 2,
        whole[: len(whole) // 2] + bytes(len(whole) // 2),
    ]
    for place in range(0, len(whole), 3):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << int(chance.integers(8))
        wrong.append(bytes(flipped))
    for content in wrong:
        file.write_bytes(content)
        assert store.get(KEY) is None
    store.put(KEY, facts)
    assert same(store.get(KEY), facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    name: str
    values: tuple[float, ...]
    more: dict[str, int | None]


def test_records_come_back_and_damaged_ones_do_not(store):
    record = Record(name="é\u2028", values=(0.1, 1e300), more={"a": None, "b": 2})
    assert store.get_record(KEY, Record) is None
    store.put_record(KEY, record)
    assert store.get_record(KEY, Record) == record
    assert store.get_record(KEY, int) is None
    (file,) = files(store.folder)
    whole = file.read_bytes()
    for place in range(len(whole)):
        content = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        for wrong in (content, whole[:place]):
            file.write_bytes(wrong)
            found = store.get_record(KEY, Record)
            assert found is None or found == record
    file.write_bytes(b"[" * 100_000)
    assert store.get_record(KEY, Record) is None


def test_what_is_no_facts_is_refused_and_leaves_nothing(store):
    for wrong in (np.array([object()]), np.zeros(2, dtype=[("a", int)]), {"a": 1}, 3, [1, 2], b"bytes"):
        with pytest.raises(TypeError, match="'x'"):
            store.put(KEY, {"x": wrong})
    assert files(store.folder) == []
    assert store.on


def test_texts_are_nobody_elses_to_read(tmp_path):
    before = os.umask(0)
    try:
        store = Store(tmp_path / "s", bound=10**8, tell=fail)
        store.put(KEY, FACTS)
        store.put_record(KEY, 1)
    finally:
        os.umask(before)
    for place in [store.folder, *(store.folder / "v1").rglob("*")]:
        mode = stat.S_IMODE(place.stat().st_mode)
        assert mode == (0o700 if place.is_dir() else 0o600), place


def test_a_folder_that_others_write_to_is_not_believed(tmp_path):
    Store(tmp_path, bound=10**8, tell=fail).put(KEY, FACTS)
    (tmp_path / "v1").chmod(0o777)
    told = []
    store = Store(tmp_path, bound=10**8, tell=told.append)
    assert store.get(KEY) is None
    assert not store.on
    assert len(told) == 1
    assert "others may write" in told[0]


def test_a_folder_that_cannot_be_written_is_told_once(tmp_path):
    (tmp_path / "file").write_text("")
    told = []
    store = Store(tmp_path / "file" / "s", bound=10**8, tell=told.append)
    assert not store.on
    for number in range(3):
        store.put(Key(kind="a", version=1, parts=(str(number),)), FACTS)
        store.put_record(KEY, 1)
        assert store.get(KEY) is None
    assert len(told) == 1
    assert str(tmp_path) in told[0]
    assert store.holdings() == ()
    assert store.empty() == (0, 0)


def test_what_is_there_is_read_where_nothing_can_be_written(tmp_path):
    """The folder of the kind is a file, which stops even those whom permissions do not."""
    told = []
    store = Store(tmp_path, bound=10**8, tell=told.append)
    store.put(KEY, FACTS)
    (tmp_path / "v1" / "other").write_text("")
    store.put(Key(kind="other", version=1, parts=()), FACTS)
    store.put(Key(kind="other", version=2, parts=()), FACTS)
    assert len(told) == 1
    assert not store.on
    assert same(store.get(KEY), FACTS)
    assert (store.hits, store.misses) == (1, 0)


FULL = """
    import resource, sys
    from pathlib import Path
    import numpy as np
    from holdfast.backends.store.key import Key
    from holdfast.backends.store.store import Store

    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    store = Store(Path(sys.argv[1]), bound=10**8, tell=print)
    key = [Key(kind="a", version=1, parts=(str(number),)) for number in range(3)]
    store.put(key[0], {"x": np.arange(10)})
    store.put(key[1], {"x": np.arange(100_000)})
    store.put(key[2], {"x": np.arange(10)})
    print([store.get(one) is not None for one in key], store.on)
    """


def test_a_full_disk_is_told_once_and_leaves_nothing_half_written(tmp_path):
    done = subprocess.run(  # noqa: S603 - this Python and a program written above
        [sys.executable, "-c", textwrap.dedent(FULL), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told, result = done.stdout.splitlines()
    assert "file too large" in told
    assert result == "[True, False, False] False"
    assert [file.suffix for file in files(tmp_path)] == [".arrow"]


def test_off_keeps_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("HOLDFAST_STORE", str(tmp_path / "named"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for said in ("off", "OFF"):
        store = open_store(said, tell=fail)
        store.put(KEY, FACTS)
        store.put_record(KEY, 1)
        assert store.get(KEY) is None
        assert store.get_record(KEY, int) is None
    assert files(tmp_path) == []
    assert open_store(str(tmp_path / "said"), tell=fail).folder == tmp_path / "said"
    assert open_store(tell=fail).folder == tmp_path / "named"
    monkeypatch.setenv("HOLDFAST_STORE", "off")
    assert not open_store(tell=fail).on
    monkeypatch.delenv("HOLDFAST_STORE")
    assert open_store(tell=fail).folder == tmp_path / "cache" / "holdfast"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert open_store(tell=fail).folder == tmp_path / "home" / ".cache" / "holdfast"
    monkeypatch.setenv("HOLDFAST_STORE_GB", "0.5")
    assert open_store(tell=fail).bound == 5 * 10**8
    for wrong in ("0", "-1", "many", "nan", "inf"):
        monkeypatch.setenv("HOLDFAST_STORE_GB", wrong)
        with pytest.raises(UsageError, match="HOLDFAST_STORE_GB"):
            open_store("off")


def test_it_travels(store):
    store.put(KEY, FACTS)
    other = pickle.loads(pickle.dumps(store))  # noqa: S301 - ours
    assert same(other.get(KEY), FACTS)
    assert (other.folder, other.bound, other.on) == (store.folder, store.bound, True)
    assert not pickle.loads(pickle.dumps(Store(None, bound=1))).on  # noqa: S301


def test_one_that_goes_soon_is_not_made_where_it_is_not(tmp_path):
    passing = pickle.dumps(Store(tmp_path / "gone", bound=10**6, passing=True))
    assert pickle.loads(passing).on  # noqa: S301
    shutil.rmtree(tmp_path / "gone")
    other = pickle.loads(passing)  # noqa: S301
    other.put(KEY, FACTS)
    assert (other.on, other.get(KEY)) == (False, None)
    assert not (tmp_path / "gone").exists()
    staying = pickle.dumps(Store(tmp_path / "stays", bound=10**6))
    shutil.rmtree(tmp_path / "stays")
    assert pickle.loads(staying).on  # noqa: S301


def test_what_it_holds_and_how_it_is_emptied(store):
    for number in range(3):
        store.put(Key(kind="letters", version=1, parts=(str(number),)), FACTS)
    store.put_record(Key(kind="audit readings", version=1, parts=()), {"a": 1})
    mine = store.folder / "notes.txt"
    mine.write_text("mine")
    (store.folder / "v1" / "letters" / "mine.arrow").write_text("mine")
    found = {holding.kind: holding for holding in store.holdings()}
    assert {kind: holding.files for kind, holding in found.items()} == {"audit_readings": 1, "letters": 3}
    assert found["letters"].bytes == 3 * 4096
    assert time.time() - 60 < found["letters"].oldest <= found["letters"].newest <= time.time() + 1
    assert store.empty(kind="letters") == (3, 3 * 4096)
    assert store.empty() == (1, 4096)
    assert store.holdings() == ()
    assert mine.read_text() == "mine"
    assert (store.folder / "v1" / "letters" / "mine.arrow").exists()
    store.put(KEY, FACTS)
    assert same(store.get(KEY), FACTS)


def test_a_folder_that_is_removed_meanwhile_is_made_again(store):
    store.put(KEY, FACTS)
    shutil.rmtree(store.folder / "v1")
    assert store.get(KEY) is None
    store.put(KEY, FACTS)
    assert same(store.get(KEY), FACTS)


def key_of(number):
    return Key(kind="a", version=1, parts=(str(number),))


def test_the_least_recently_used_go_first(tmp_path):
    block = {"x": np.zeros(1_000)}  # 12 kB on the disk
    bound = 30 * 12_288
    store = Store(tmp_path, bound=bound, tell=fail)
    for number in range(30):
        store.put(key_of(number), block)
        (file,) = tmp_path.rglob(f"{key_of(number).file}.arrow")
        os.utime(file, (10**9 + number, 10**9 + number))
    assert store.get(key_of(0)) is not None  # used again
    for number in range(30, 33):
        store.put(key_of(number), block)
    left = [number for number in range(33) if store.get(key_of(number)) is not None]
    assert 0 in left
    assert left[-3:] == [30, 31, 32]
    assert left == [0, *range(min(left[1:]), 33)]
    assert sum(holding.bytes for holding in store.holdings()) <= bound
    store.put(key_of(99), {"x": np.zeros(10**5)})  # larger than all
    assert store.get(key_of(99)) is None
    assert store.get(key_of(32)) is not None


def test_what_killed_programs_left_goes_in_time(tmp_path):
    store = Store(tmp_path, bound=10**8, tell=fail)
    store.put(KEY, FACTS)
    (file,) = files(tmp_path)
    old, new = file.with_name(".abc.tmp"), file.with_name(".def.tmp")
    for left in (old, new):
        left.write_bytes(b"half")
    os.utime(old, (10**9, 10**9))
    store.holdings()
    assert not old.exists()
    assert new.exists()


def fill(folder, seed, stop):
    store = Store(Path(folder), bound=400_000)
    number = 0
    while not stop.is_set():
        number = (number * 5 + seed) % 64
        store.put(key_of(number), {"x": np.full(1_500, number)})
        found = store.get(key_of((number + seed) % 64))
        if found is not None and not (found["x"] == (number + seed) % 64).all():
            os._exit(3)
    os._exit(0)


def test_programs_that_write_at_once_and_are_killed_leave_nothing_wrong(tmp_path):
    """Two write the same keys, with files going for want of room; others are killed in the middle of it, again and again."""
    context = multiprocessing.get_context("fork")
    stop = context.Event()
    stay = [context.Process(target=fill, args=(str(tmp_path), seed, stop)) for seed in (1, 3)]
    for process in stay:
        process.start()
    chance = np.random.default_rng(0)
    for turn in range(12):
        dying = context.Process(target=fill, args=(str(tmp_path), 5 + 2 * turn, stop))
        dying.start()
        time.sleep(0.05 + 0.1 * chance.random())
        os.kill(dying.pid, signal.SIGKILL)
        dying.join()
    stop.set()
    for process in stay:
        process.join(30)
        assert process.exitcode == 0
    store = Store(tmp_path, bound=400_000, tell=fail)
    found = [number for number in range(64) if store.get(key_of(number)) is not None]
    assert found
    assert all((store.get(key_of(number))["x"] == number).all() for number in found)
    assert len([file for file in files(tmp_path) if file.suffix == ".arrow"]) == len(found)


def test_threads_share_it(store):
    wrong = []

    def go(seed):
        for step in range(60):
            number = (step * seed) % 20
            store.put(key_of(number), {"x": np.full(100, number)})
            found = store.get(key_of(number))
            if found is None or not (found["x"] == number).all():
                wrong.append(number)

    threads = [threading.Thread(target=go, args=(seed,)) for seed in (1, 3, 7, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert (store.hits, store.misses) == (240, 0)


def test_a_block_is_kept_and_read_in_little_time():
    """A block of 20,000 rows, 70 bytes each; CPU time, which neighbours do not lengthen by as much."""
    rows = {
        "a": np.arange(160_000).reshape(20_000, 8),
        "b": np.zeros(20_000, np.int32),
        "c": np.zeros((20_000, 2), np.int8),
    }
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), bound=10**9, tell=fail)
        store.put(key_of(0), rows)
        store.get(key_of(0))
        start = time.process_time()
        for number in range(20):
            store.put(key_of(number), rows)
        middle = time.process_time()
        for number in range(20):
            store.get(key_of(number))
        end = time.process_time()
    assert (middle - start) / 20 < 0.05
    assert (end - middle) / 20 < 0.05
