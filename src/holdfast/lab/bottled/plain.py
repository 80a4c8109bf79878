"""Plain data of a bottle: `holdfast.collapse/1`. It says nothing of time, place or machine: the same rows, setting and seed are the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.lab.bottled.foretelling import retain
from holdfast.version import __version__

if TYPE_CHECKING:
    from holdfast.lab.bottled.bottling import Bottle, Course
    from holdfast.lab.bottled.foretelling import Foretold
    from holdfast.lab.bottled.store import Line

SCHEMA = "holdfast.collapse/1"
_DIGITS = 6


def plain_bottle(bottle: Bottle, *, name: str) -> dict[str, Any]:
    """A bottle as plain data.

    Args:
        bottle: What became of the rows.
        name: What to call the rows.
    """
    setting, world = bottle.setting, bottle.world
    return {
        "schema": SCHEMA,
        "holdfast_version": __version__,
        "real": {
            "name": name,
            "rows": len(bottle.corpus),
            "labelled": world.labelled,
            "digest": bottle.corpus.digest,
        },
        "world": {
            "rows": world.size,
            "at_hand": len(world.at_hand),
            "judges": len(world.judges),
            "exam": len(world.exam),
            "strata": len(world.shares) if world.labelled else None,
            "rare": list(world.rare),
        },
        "setting": {
            "protocols": list(dict.fromkeys(setting.protocols)),
            "real_share": setting.real_share,
            "learner": setting.learner,
            "learner_name": bottle.learner,
            "temperature": setting.decoding.temperature,
            "top_p": setting.decoding.top_p,
            "generations": setting.generations,
            "rows": setting.rows,
            "seed": setting.seed,
            "audited": setting.audited,
        },
        "courses": [_course(bottle, course) for course in bottle.courses],
        "groups": [
            {
                "name": group.name,
                "strata": list(group.strata),
                "real_rows": group.real,
                "courses": [_followed(bottle, course, at) for course in bottle.courses],
            }
            for at, group in enumerate(bottle.groups)
        ],
        "examples": [
            {
                "label": example.label,
                "real": example.text,
                "written": [
                    {"protocol": course.protocol, "texts": list(course.lines[-1].examples[at])}
                    for course in bottle.courses
                ],
            }
            for at, example in enumerate(bottle.examples)
        ],
    }


def _course(bottle: Bottle, course: Course) -> dict[str, Any]:
    return {
        "protocol": course.protocol,
        "title": course.title,
        "advice": course.advice,
        "generations": [_generation(bottle, line) for line in course.lines],
    }


def _generation(bottle: Bottle, line: Line) -> dict[str, Any]:
    reading = line.reading
    return {
        "generation": reading.generation,
        "rows": reading.rows,
        "real": reading.real,
        "written": reading.written,
        "accuracy": _round(reading.accuracy),
        "rare_recall": _round(reading.rare_recall),
        "bits_per_byte": _round(reading.bits_per_byte),
        "tail_bits_per_byte": _round(reading.tail_bits_per_byte),
        "words": [_round(one) for one in reading.words],
        "pairs": [_round(one) for one in reading.pairs],
        "strata": reading.strata if bottle.world.labelled else None,
        "worth": reading.worth,
        "halted": reading.halted,
        "gates": [list(one) for one in reading.gates],
    }


def _followed(bottle: Bottle, course: Course, at: int) -> dict[str, Any]:
    """A group under a protocol: what generations kept of its share, and what had been foretold."""
    group = bottle.groups[at]
    return {
        "protocol": course.protocol,
        "retention": [
            retain(line.counts, line.reading.rows, group, bottle.world.size) for line in course.lines
        ],
        "foretold": None if course.foretold is None else _foretold(course.foretold[at]),
    }


def _foretold(one: Foretold) -> dict[str, Any]:
    """By generation, as retention is; of generation 0 there is nothing to foretell."""
    return {
        "median": [None, *one.median],
        "low": [None, *one.low],
        "high": [None, *one.high],
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)
