"""Sequences of strings that are not held as Python objects are sequences all the same."""

import pyarrow as pa
import pytest

from holdfast.data.strings import ArrowStrings, StreamedStrings

PLAIN = [
    "a",
    "",
    "\u00e9\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "d" * 1_000,
    "e",
    "<f>",
]


def arrow():
    return ArrowStrings(pa.chunked_array([PLAIN[:2], [], PLAIN[2:]], type=pa.string()))


def streamed():
    return StreamedStrings([0, 2, 2, 6], lambda block: [PLAIN[:2], [], PLAIN[2:]][block])


@pytest.mark.parametrize("make", [arrow, streamed])
def test_as_a_list(make):
    strings = make()
    assert len(strings) == len(PLAIN)
    assert list(strings) == PLAIN
    assert [strings[i] for i in range(-6, 6)] == PLAIN * 2
    for cut in (slice(1, 4), slice(None), slice(4, 1), slice(None, None, 2), slice(-2, None), slice(9, 12)):
        assert list(strings[cut]) == PLAIN[cut]
    for place in (6, -7):
        with pytest.raises(IndexError):
            strings[place]
    assert "e" in strings
    assert strings.index("e") == 4


def test_a_block_is_read_again_only_when_others_came_between():
    read = []

    def block(number):
        read.append(number)
        return [f"{number}.{i}" for i in range(3)]

    strings = StreamedStrings([0, 3, 6, 9], block, known={8: "known"})
    assert [strings[i] for i in (0, 1, 4, 2, 8)] == ["0.0", "0.1", "1.1", "0.2", "known"]
    assert read == [0, 1]
    assert [strings[6], strings[0], strings[3]] == ["2.0", "0.0", "1.0"]
    assert read == [0, 1, 2, 1]
