from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.devices import MAX_SPEC_BYTES, parse_spec, read_spec
from sensor_pipeline.errors import SpecError
from sensor_pipeline.library.specs import spec_text

DOT = "streams.rate_quantities.packets.imu"
DOT_MAG = "streams.rate_quantities_mag.packets.imu"
SHIN = "streams.raw6.packets.imu"
POLAR = "streams.acc_gyr.packets"
WIT = "streams.default61"

# (spec, text, what stands in its place, dotted path of the problem, words of the message)
MISTAKES = [
    ("movella-dot", "schema = 1", "schema = 2", "schema", "this program reads schema 1"),
    ("movella-dot", "min_len = 28", "min_lenn = 28", DOT + ".min_lenn", "unknown key; did you mean 'min_len'?"),
    ("movella-dot", "min_len = 28", "min_lenn = 28", DOT + ".min_len", "is missing; did you mean 'min_lenn'?"),
    ("movella-dot", "default_hz = 60", "default_hz = 61", "rate.default_hz", "61 is not in hz"),
    ("movella-dot", "hz = [1, 4,", "hz = [1e9, 4,", "rate.hz[0]", "outside 0.01..10000"),
    ("movella-dot", "hz = [1, 4,", "hz = [nan, 4,", "rate.hz[0]", "outside 0.01..10000"),
    ("movella-dot", "min_len = 28", "min_len = 27", DOT + ".min_len", "27 bytes, but the fields end at 28"),
    ("movella-dot", "min_len = 28", "min_len = 100000", DOT + ".min_len", "100000 is outside 1..512"),
    (
        "movella-dot",
        'offset = 16, type = "f32"',
        'offset = 1600, type = "f32"',
        DOT + ".fields[1].offset",
        "1600 is outside 0..512",
    ),
    (
        "movella-dot",
        'offset = 16, type = "f32"',
        'offset = "8+8", type = "f32"',
        DOT + ".fields[1].offset",
        "a spec holds numbers, no expressions",
    ),
    (
        "movella-dot",
        "scale = 0.000244140625",
        'scale = "1/4096"',
        DOT_MAG + ".fields[2].scale",
        "a spec holds numbers, no expressions",
    ),
    ("movella-dot", "scale = 0.000244140625", "scale = inf", DOT_MAG + ".fields[2].scale", "inf is outside"),
    ("movella-dot", "scale = 0.000244140625", "scale = true", DOT_MAG + ".fields[2].scale", "needs a number, got True"),
    (
        "movella-dot",
        'type = "f32", unit = "m/s2"',
        'type = "f16", unit = "m/s2"',
        DOT + ".fields[0].type",
        "'f16' is not known; did you mean",
    ),
    (
        "movella-dot",
        'unit = "deg/s"',
        'unit = "degs"',
        DOT + ".fields[1].unit",
        "'degs' is not known; did you mean 'deg/s'?",
    ),
    ("movella-dot", 'unit = "deg/s"', 'unit = "g"', DOT + ".fields[1].unit", "'g' is not known"),
    ("movella-dot", 'channel = "gyr"', 'channel = "gyro"', DOT + ".fields[1].channel", "did you mean 'gyr'?"),
    ("movella-dot", 'channel = "gyr"', 'channel = "acc"', DOT + ".fields[1].channel", "'acc' is there twice"),
    (
        "movella-dot",
        'char = "medium"',
        'char = "mediun"',
        DOT + ".char",
        "'mediun' is no characteristic of [chars]; did you mean 'medium'?",
    ),
    (
        "movella-dot",
        '{ char = "control", hex = "010115" }',
        '{ char = "contrl", hex = "010115" }',
        "streams.rate_quantities.start[0].char",
        "did you mean 'control'?",
    ),
    ("movella-dot", 'hex = "010115"', 'hex = "01011"', "streams.rate_quantities.start[0].hex", "is not hexadecimal"),
    ("movella-dot", "{rate:u16le}", "{rate/2:u16le}", "rate.set[0].hex", "'rate/2' is no field"),
    ("movella-dot", 'long = "15172002-', 'long = "1517200-', "chars.long", "is no UUID"),
    ("movella-dot", 'id = "movella-dot"', 'id = "Movella DOT"', "id", "small letters, digits and single hyphens"),
    ("movella-dot", 'name = "Movella DOT (Xsens DOT)"', "name = 7", "device.name", "needs a text, got 7"),
    ("movella-dot", 'name = "Movella DOT (Xsens DOT)"', 'name = "a\\u001b[2J"', "device.name", "printable"),
    (
        "movella-dot",
        'tick_s = 1e-6, refers_to = "sample"',
        'tick_s = 1e-6, refers_to = "middle"',
        DOT + ".time.refers_to",
        "'middle' is not known; use one of",
    ),
    ("movella-dot", "tick_s = 1e-6,", "tick_s = 0,", DOT + ".time.tick_s", "0 is outside"),
    (
        "movella-dot",
        "tick_s = 1e-6,",
        "tick_s = 1e-6, wrap_bits = 33,",
        DOT + ".time.wrap_bits",
        "33 bits do not fit the type u32",
    ),
    ("movella-dot", "time = { offset = 0", "time = { offset = 26", DOT + ".time", "bytes 26..29 are outside the 28"),
    ("movella-dot", "min_att_mtu = 43", "min_att_mtu = 4300", "link.min_att_mtu", "outside 23..517"),
    (
        "movella-dot",
        "stops_on_disconnect = false",
        "stops_on_disconnect = 0",
        "link.stops_on_disconnect",
        "needs true or false",
    ),
    ("movella-dot", 'stream = "custom5"', 'stream = "custom6"', "vectors[2].stream", "did you mean 'custom5'?"),
    (
        "movella-dot",
        'packet = "imu"',
        'packet = "imi"',
        "vectors[0].packets[0].packet",
        "'imi' is no packet; did you mean 'imu'?",
    ),
    (
        "movella-dot",
        'provenance = "self-constructed"',
        'provenance = "captured"',
        "vectors[0].provenance",
        "did you mean 'capture'?",
    ),
    ("movella-dot", 'provenance = "self-constructed"', 'provenance = "capture"', "vectors[0].recorded", "is missing"),
    ("movella-dot", '["15cd5b', '["x5cd5b', "vectors[0].notifications[0]", "is not hexadecimal"),
    ("movella-dot", 'name = "mode 20"', 'name = "mode 21"', "vectors", "a name is there twice"),
    ("movella-dot", "[match]", "[match]\nservices = 1", "match.services", "unknown key; did you mean 'service'?"),
    (
        "shin-imu-v1",
        'scale_info = "acc_lsb"',
        'scale_info = "acc_lsbb"',
        SHIN + ".fields[0].scale_info",
        "did you mean 'acc_lsb'?",
    ),
    (
        "shin-imu-v1",
        'scale_info = "acc_lsb"',
        'scale_info = "boot_id"',
        SHIN + ".fields[0].scale_info",
        "needs min > 0 and max <= 1000",
    ),
    (
        "shin-imu-v1",
        'scale_info = "acc_lsb"',
        'scale_info = "acc_lsb", scale = 1.0',
        SHIN + ".fields[0].scale",
        "keep one of them",
    ),
    ("shin-imu-v1", 'info = "config_id" }', 'info = "config" }', SHIN + ".config_id.info", "did you mean 'config_id'?"),
    ("shin-imu-v1", "values = [0x10]", "values = [0x11]", SHIN + ".const[0].values", "inside the mask 0xf0"),
    (
        "shin-imu-v1",
        "gap_before = 0x40",
        "gap_befor = 0x40",
        SHIN + ".flags.names.gap_befor",
        "did you mean 'gap_before'?",
    ),
    (
        "shin-imu-v1",
        "gap_before = 0x40",
        "gap_before = 0x01",
        SHIN + ".flags.names.gap_before",
        "0x1 is outside the mask 0xe0",
    ),
    (
        "shin-imu-v1",
        'flags = { offset = 1, type = "u8"',
        'flags = { offset = 1, type = "u16"',
        SHIN + ".flags.type",
        "flags are one byte",
    ),
    (
        "shin-imu-v1",
        'counter = { offset = 2, type = "u16"',
        'counter = { offset = 3, type = "u16"',
        SHIN + ".time",
        "overlaps counter by halves",
    ),
    (
        "shin-imu-v1",
        'counter = { offset = 2, type = "u16"',
        'counter = { offset = 2, type = "i16"',
        SHIN + ".counter.type",
        "'i16' is not known",
    ),
    (
        "shin-imu-v1",
        "stride = 12",
        "stride = 11",
        SHIN + ".samples.stride",
        "11 bytes do not hold the fields, which take 12",
    ),
    ("shin-imu-v1", "stride = 12, max = 31", "stride = 500, max = 31", SHIN + ".samples.max", "more than 4096 bytes"),
    ("shin-imu-v1", "length = 32", "length = 31", "info.fields", "end at byte 32, the block has 31"),
    ("shin-imu-v1", "settings = { acc_g = 4, ", "settings = { ", "rate.set[0].hex", "'acc_g' is not in rate.settings"),
    (
        "shin-imu-v1",
        "settings = { acc_g = 4, ",
        "settings = { acc = 4, acc_g = 4, ",
        "rate.settings.acc",
        "is no setting",
    ),
    ("shin-imu-v1", 'replies = ["control"]', 'replies = ["data"]', SHIN + ".char", "'data' is also in replies"),
    ("witmotion-ble5", "[[0.2, 1], ", "[", "rate.set[1].hex", "{code} needs rate.codes with every rate"),
    ("witmotion-ble5", "[100, 9]]", "[100, 9], [200, 10]]", "rate.codes", "200 Hz is not in rate.hz"),
    ("witmotion-ble5", 'sync = "5571"', 'sync = "5561"', WIT + ".framing.frames[1].sync", "is part of another frame's"),
    ("witmotion-ble5", 'sync = "5571"', 'sync = "55"', WIT + ".framing.frames[1].sync", "needs at least 2 bytes"),
    ("witmotion-ble5", 'kind = "sync"', 'kind = "slip"', WIT + ".framing.kind", "'slip' is not known"),
    (
        "witmotion-ble5",
        '{ sync = "5561", length = 20',
        '{ sync = "5561", length = 19',
        WIT + ".packets.imu",
        "no frame of the byte stream holds its 20 bytes",
    ),
    ("witmotion-ble5", "[3.50, 5]", "[3.30, 5]", "battery.percent_from_volts", "volts must rise"),
    ("witmotion-ble5", "[3.50, 5]", "[3.50, 5, 1]", "battery.percent_from_volts[1]", "needs 2 numbers in a row, got 3"),
    ("witmotion-ble5", 'name = "volts"', 'name = "volt"', "battery.percent_from_volts", "needs a field named volts"),
    ("movesense-gsp", "stride = 24", "stride = 30", "streams.imu6.packets.imu.samples.stride", "30 bytes do not hold"),
    (
        "movesense-gsp",
        '{ channel = "gyr", type',
        '{ channel = "gyr", offset = 12, type',
        "streams.imu6.packets.imu.samples.layout",
        "planar fields have no offset",
    ),
    ("movesense-gsp", "reference = 0x63", "reference = 0x163", "streams.imu6.framing.reference", "outside 0..255"),
    (
        "polar-verity-sense",
        "measurement = 5",
        "measurement = 2",
        POLAR + ".gyr.const",
        "cannot be told from packet 'acc'",
    ),
    (
        "polar-verity-sense",
        'factor_char = "cp"',
        'factor_char = "cd"',
        POLAR + ".acc.codec.factor_char",
        "is no characteristic",
    ),
    ("polar-verity-sense", 'kind = "polar-pmd"', 'kind = "python"', POLAR + ".acc.codec.kind", "'python' is not known"),
    ("polar-verity-sense", "ref_bits = 32", "ref_bits = 16", POLAR + ".gyr.codec.delta[1].ref_bits", "need 32 bits"),
    (
        "polar-verity-sense",
        'time = { offset = 1, type = "u64"',
        'time = { offset = 3, type = "u64"',
        POLAR + ".acc.time",
        "outside the 10",
    ),
    (
        "arduino-nicla-sense-me",
        "values = [13]",
        "values = [4]",
        "streams.bhy2.packets.gyr.const",
        "cannot be told from packet 'acc'",
    ),
]


@pytest.mark.parametrize(("spec_id", "old", "new", "path", "words"), MISTAKES)
def test_a_mistake_is_refused_with_its_place_and_a_way_out(
    spec_id: str, old: str, new: str, path: str, words: str
) -> None:
    text = spec_text(spec_id)
    assert old in text
    spec, problems = read_spec(text.replace(old, new, 1), "my.toml")
    assert spec is None
    found = [problem for problem in problems if problem.path == path and words in str(problem)]
    assert found, [str(problem) for problem in problems]
    assert str(found[0]).startswith("my.toml: ")
    assert "\n" not in str(found[0])


def test_every_problem_is_collected_and_the_first_is_raised_with_their_number() -> None:
    text = spec_text("movella-dot").replace("min_len = 28", "min_lenn = 28").replace("padded_len = 63", "padded = 63")
    _, problems = read_spec(text)
    assert [problem.path.rsplit(".", 1)[1] for problem in problems] == ["min_len", "min_lenn", "padded"]
    with pytest.raises(SpecError, match=re.escape("(and 2 more)")) as caught:
        parse_spec(text)
    assert caught.value.path == DOT + ".min_len"


def test_a_value_travels_with_its_error() -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(spec_text("movella-dot").replace("min_att_mtu = 43", "min_att_mtu = 4300"))
    assert (caught.value.path, caught.value.value) == ("link.min_att_mtu", 4300)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#" * (MAX_SPEC_BYTES + 1), f"a spec has at most {MAX_SPEC_BYTES}"),
        ("é" * (MAX_SPEC_BYTES // 2 + 1), f"a spec has at most {MAX_SPEC_BYTES}"),
        ("a = ", "not readable as TOML"),
        ("a = " + "[" * 30000, "nested too deeply"),
        ("schema = " + "9" * 5000, "not readable as TOML"),
        ("schema = " + "9" * 4000, "more than 128 bits"),
        ("", "schema: is missing"),
        ("schema = 1", "more)"),
        ("schema = 1\nstreams = 7\nchars = []\nvectors = [1]\nnotes = 'x'", "more)"),
    ],
)
def test_what_is_no_spec_at_all_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(text, "my.toml")
    assert words in str(caught.value)
    assert len(str(caught.value)) < 400


@given(st.data())
def test_no_change_of_a_spec_raises_anything_but_a_spec_error(data: st.DataObject) -> None:
    lines = spec_text(data.draw(st.sampled_from(["shin-imu-v1", "witmotion-ble5", "polar-verity-sense"]))).splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        kind = data.draw(st.sampled_from(["drop", "double", "number", "text"]))
        if kind == "drop":
            del lines[at]
        elif kind == "double":
            lines.insert(at, lines[at])
        elif kind == "number":
            value = data.draw(st.sampled_from(["-1", "0", "1e308", "nan", "99999999999999999999", "'x'", "[]", "{}"]))
            lines[at] = re.sub(r"\b\d[\dxA-F.e-]*\b", value, lines[at], count=1)
        else:
            value = data.draw(st.sampled_from(['""', "3", "[[]]", '"\\\\u0007"']))
            lines[at] = re.sub(r'"[^"]*"', value, lines[at], count=1)
    spec, problems = read_spec("\n".join(lines))
    assert (spec is None) == bool(problems)
