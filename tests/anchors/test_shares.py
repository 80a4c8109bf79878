"""Declared shares: every mistake has a message."""

from __future__ import annotations

import pytest

from holdfast.anchors.shares import read_shares
from holdfast.errors import HoldfastError, InputError, UsageError

LABELS = ("order status", "refund", "weather")


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "shares.csv"
    path.write_text(text, encoding=encoding, newline="")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "stratum,share\nrefund,1\nweather,3\n",
        "share,stratum\r\n1,refund\r\n3,weather\r\n",
        'stratum,share,note\n"refund",0.25,"a, b"\nweather,0.75,\n',
        "\ufeffstratum,share\nrefund,1e1\nweather,30.0\norder status,0\n\n",
    ],
)
def test_shares_are_scaled_to_one(tmp_path, text):
    shares = read_shares(written(tmp_path, text), LABELS)
    assert shares["refund"] == pytest.approx(0.25)
    assert shares["weather"] == pytest.approx(0.75)
    assert sum(shares.values()) == pytest.approx(1.0)


def test_a_mapping_will_do():
    assert read_shares({"refund": 2, "weather": 2}, LABELS) == {"refund": 0.5, "weather": 0.5}


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("stratum,share\nrefunds,1\n", UsageError, "Did you mean 'refund'"),
        ("stratum,share\nrefund,-0.1\n", InputError, "at least 0"),
        ("stratum,share\nrefund,nan\n", InputError, "at least 0"),
        ("stratum,share\nrefund,inf\n", InputError, "at least 0"),
        ("stratum,share\nrefund,lots\n", InputError, "'lots' is not a number"),
        ("stratum,share\nrefund\n", InputError, "lacks a stratum or a share"),
        ("share,stratum\n0.5\n", InputError, "lacks a stratum or a share"),
        ("stratum,weight\nrefund,1\n", InputError, "column 'share' is missing"),
        ("refund,1\nweather,2\n", InputError, "column 'share' is missing"),
        ("", InputError, "is missing"),
        ("stratum,share\nrefund,1\nrefund,2\n", InputError, "stands twice"),
        ("stratum,share\nrefund,0\n", InputError, "no share is above 0"),
        ("stratum,share\n", InputError, "no share is above 0"),
    ],
)
def test_mistakes_in_a_file(tmp_path, text, kind, says):
    path = written(tmp_path, text)
    with pytest.raises(kind) as error:
        read_shares(path, LABELS)
    assert says in str(error.value)
    if kind is InputError:
        assert path.name in str(error.value)


def test_the_line_of_a_mistake_is_named(tmp_path):
    with pytest.raises(InputError, match=r"shares\.csv:3"):
        read_shares(written(tmp_path, "stratum,share\nrefund,1\nweather,x\n"), LABELS)


@pytest.mark.parametrize(
    "shares",
    [
        {"refund": -1.0},
        {"refund": float("nan")},
        {"refund": "lots"},
        {"refund": None},
        {},
        {"refund": 0},
        {"rain": 1},
    ],
)
def test_mistakes_in_a_mapping(shares):
    with pytest.raises(HoldfastError):
        read_shares(shares, LABELS)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError):
        read_shares(tmp_path / "none.csv", LABELS)
    with pytest.raises(InputError):
        read_shares(tmp_path, LABELS)
    with pytest.raises(InputError, match="UTF-8"):
        read_shares(written(tmp_path, "stratum,share\nrefünd,1\n", "latin-1"), LABELS)


def test_without_labels_nothing_can_be_declared():
    with pytest.raises(UsageError, match="--label"):
        read_shares({"refund": 1.0}, ())
