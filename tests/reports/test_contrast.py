from __future__ import annotations

import re
from importlib import resources

import pytest

CSS = resources.files("holdfast.pages").joinpath("style.css").read_text("utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})\b", block))
    for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
)
TEXT = [
    *(
        (ink, ground)
        for ink in ("ink", "soft", "quiet", "pass", "warn", "fail", "undetermined")
        for ground in ("paper", "card")
    ),
    *((verdict, f"{verdict}-wash") for verdict in ("warn", "fail")),
    ("ink", "warn-wash"),
]


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_words_can_be_read(colors: dict[str, str], ink: str, ground: str) -> None:
    dark, light = sorted((luminance(colors[ink]), luminance(colors[ground])))
    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2 AA
