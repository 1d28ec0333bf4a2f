"""Contrast of every pair of colours that the page uses, computed from its own variables: WCAG 2.2, level AA."""

from __future__ import annotations

import re

import pytest

from sensor_pipeline.web.files import FOLDER

CSS = (FOLDER / "page.css").read_text(encoding="utf-8")
TEXT = 4.5  # success criterion 1.4.3
PARTS = 3.0  # success criterion 1.4.11: borders of controls and the graphics that mean something
PAIRS = [
    *[(ink, ground, TEXT) for ink in ("text", "soft") for ground in ("ground", "surface")],
    ("soft", "shade", TEXT),
    ("accent", "ground", TEXT),
    ("accent", "surface", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-stop", "stop", TEXT),
    ("stop", "surface", TEXT),
    ("warn", "warn-soft", TEXT),
    ("good", "surface", TEXT),
    ("warn", "surface", TEXT),
    *[(part, "surface", PARTS) for part in ("edge", "needle", "band", "best", "accent", "stop")],
    *[(part, "ground", PARTS) for part in ("edge", "accent", "stop")],
]


def palette(theme):
    block = re.search(r":root \{(.*?)\n\}" if theme == "light" else r'\[data-theme="dark"\] \{(.*?)\n\}', CSS, re.S)
    assert block is not None
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block.group(1)))


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_is_the_standards():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("one", "other", "least"), PAIRS)
def test_contrast(theme, one, other, least):
    colours = palette(theme)
    assert contrast(colours[one], colours[other]) >= least


def test_both_palettes_have_the_same_names():
    assert palette("light").keys() == palette("dark").keys()


def test_no_colour_stands_outside_the_palettes_but_the_codes_white_ground_and_the_veil():
    rest = CSS[CSS.index("* { box-sizing") :]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[ ;])", rest) == ["#fff"]
