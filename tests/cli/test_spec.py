from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensor_pipeline.cli.spec import spec
from sensor_pipeline.errors import PacketError, UserError
from sensor_pipeline.library.specs import load_spec, spec_ids, spec_text, specs_folder

DOT = "15cd5b070000803e0000c0bf00001c41000020410000a4c10000003e000000000000000000000000"
SHIN_INFO = load_spec("shin-imu-v1").vectors[0].info.hex()
SHIN = load_spec("shin-imu-v1").vectors[0].notifications[0][1].hex()


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(spec, [str(argument) for argument in arguments])


def test_list_shows_every_spec_and_says_what_it_is_good_for() -> None:
    result = run("list")
    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.stdout.splitlines()[1:]}
    assert tuple(lines) == spec_ids()
    assert "yes" in lines["movella-dot"].split()
    assert "no" in lines["polar-h10"].split()
    listed = json.loads(run("list", "--json").stdout)["specs"]
    assert [item["id"] for item in listed] == list(spec_ids())
    for item in listed:
        assert item["sufficient_for_angle"] == (item["why_not_for_angle"] is None)
        phrase = "tried on hardware" if item["tried_on_hardware"] else "not yet tried on hardware"
        assert lines[item["id"]].endswith(phrase)


def test_show_prints_one_spec_with_its_sources() -> None:
    result = run("show", "shin-imu-v1")
    assert result.exit_code == 0
    assert "shin-imu-v1: shin IMU profile v1" in result.stdout
    assert "source: " in result.stdout
    assert "rates: 52, 104, 208, 416 Hz" in result.stdout
    found = json.loads(run("show", "nordic-thingy52", "--json").stdout)
    assert found["rates_hz"] == [5.0, 200.0]
    assert found["text"] == spec_text("nordic-thingy52")


def test_decode_prints_the_agreed_object_in_si_units() -> None:
    result = run("decode", "movella-dot", DOT, DOT, "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    found = json.loads(result.stdout)
    assert found["rejected"] == 0
    assert len(found["packets"]) == 2
    packet = found["packets"][0]
    assert list(packet) == ["time_s", "acc", "gyr", "seq", "flags"]
    assert packet["time_s"] == pytest.approx(123.456789, abs=1e-9)
    assert packet["acc"] == [[0.25, -1.5, 9.75]]
    assert packet["gyr"][0] == pytest.approx([0.17453292519943295, -0.35779249665883756, 0.002181661564992912])
    assert (packet["seq"], packet["flags"]) == (None, [])


def test_decode_reads_an_info_block_first() -> None:
    found = json.loads(run("decode", "shin-imu-v1", "--stream", "raw6", "--info", SHIN_INFO, SHIN, "--json").stdout)
    packet = found["packets"][0]
    assert (packet["seq"], packet["flags"], len(packet["acc"])) == (65534, ["clipped"], 3)
    without = run("decode", "shin-imu-v1", SHIN, "--json")
    assert without.exit_code == 3
    assert json.loads(without.stdout) == {"packets": [], "rejected": 1}
    assert "no info block read yet" in without.stderr


def test_decode_goes_on_after_a_rejected_notification_and_exits_3() -> None:
    result = run("decode", "movella-dot", "00", DOT, "--json")
    assert result.exit_code == 3
    found = json.loads(result.stdout)
    assert (len(found["packets"]), found["rejected"]) == (1, 1)
    assert "notification 1 rejected: 1 bytes; the header alone has 4" in result.stderr


def test_decode_keeps_stray_bytes_and_replies_off_the_data() -> None:
    parts = [payload.hex() for _, payload in load_spec("witmotion-ble5").vectors[1].notifications]
    result = run("decode", "witmotion-ble5", *parts, "--json")
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)["packets"]) == 2
    assert "3 bytes skipped" in result.stderr
    assert "notification 2 holds a reply: 55713a00" in result.stderr


def test_decode_takes_a_characteristic_or_one_packet_kind() -> None:
    by_char = json.loads(run("decode", "adafruit-ble", "gyr:0000003f000080be00000040", "--json").stdout)
    by_stream = json.loads(
        run("decode", "adafruit-ble", "--stream", "gyr", "0000003f000080be00000040", "--json").stdout
    )
    assert by_char == by_stream
    assert by_char["packets"][0]["gyr"] == [[0.5, -0.25, 2.0]]
    assert by_char["packets"][0]["acc"] is None


def test_decode_prints_numbers_for_people_too() -> None:
    result = run("decode", "movella-dot", DOT)
    assert result.stdout.splitlines()[0] == "packet: 123.456789 s"
    assert result.stdout.splitlines()[1].split() == ["acc", "0.250000", "-1.500000", "9.750000", "m/s²"]
    assert "no time stamp" in run("decode", "witmotion-ble5", "5561000000fc0008a400b8fe0040002000f0ff7f").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("decode", "movella-dott", DOT), "did you mean 'movella-dot'"),
        (("decode", "movella-dot", "zz"), "'zz' is not hexadecimal"),
        (("decode", "movella-dot", "--stream", "raw", DOT), "choose one of rate_quantities"),
        (("show", "nope"), "no sensor spec 'nope'"),
    ],
)
def test_a_wrong_argument_is_a_usage_error(arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, UserError)
    assert words in str(result.exception)
    assert result.stdout == ""


def test_a_wrong_info_block_is_the_sensors_fault() -> None:
    result = run("decode", "shin-imu-v1", "--info", "00", SHIN)
    assert isinstance(result.exception, PacketError)
    assert "info: 1 bytes; 32 are allowed" in str(result.exception)


def test_check_says_good_for_every_spec_that_comes_with_the_package() -> None:
    result = run("check", *sorted(specs_folder().glob("*.toml")))
    assert result.exit_code == 0
    assert result.stdout.count(": good; ") == len(spec_ids())


def test_check_lists_every_problem_of_every_file(tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text(
        spec_text("movella-dot").replace("grade =", "grad =").replace("padded_len = 63", "padded = 63"), "utf-8"
    )
    (tmp_path / "vector.toml").write_text(spec_text("movella-dot").replace("-1.5, 9.75", "-1.5, 9.5"), "utf-8")
    files = [
        tmp_path / "keys.toml",
        tmp_path / "vector.toml",
        tmp_path / "none.toml",
        specs_folder() / "polar-h10.toml",
    ]
    result = run("check", *files)
    assert result.exit_code == 1
    for words in (
        "keys.toml: device.grad: unknown key; did you mean 'grade'?",
        "keys.toml: device.grade: is missing; did you mean 'grad'?",
        "custom5.packets.imu.padded: unknown key",
        "vector.toml: vector 'mode 21': packet 0: acc_m_s2[0][2]: 9.75, expected 9.5",
        "no such file",
        "polar-h10.toml: good; 1 vectors decode; not yet tried on hardware",
    ):
        assert words in result.stdout
    found = json.loads(run("check", *files, "--json").stdout)["files"]
    assert [bool(item["problems"]) for item in found] == [True, True, True, False]
    assert [item["id"] for item in found] == [None, "movella-dot", None, "polar-h10"]


def test_check_asks_for_a_vector_where_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "bare.toml"
    path.write_text(spec_text("polar-h10").split("[[vectors]]")[0], "utf-8")
    result = run("check", path)
    assert result.exit_code == 0
    assert "has no vector" in result.stderr
    assert "0 vectors decode" in result.stdout


def test_a_file_cannot_drive_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "evil.toml"
    path.write_text(spec_text("polar-h10").replace('advice = "', 'advice = "\\u001b[2J'), "utf-8")
    result = run("check", path)
    assert result.exit_code == 1
    assert "\x1b" not in result.output
