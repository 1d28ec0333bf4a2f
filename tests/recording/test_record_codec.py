"""Every record survives being flattened; what cannot be a record is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.record_codec import Flat, Kind, flatten, kind_named, restore
from sensor_pipeline.types import Event, ImportedSamples, Input, Link, Notification, Read, Record, Tick


def same(a: Record, b: Record) -> bool:
    return type(a) is type(b) and (a.order, a.host_time_ns, a.sensor, flatten(a)) == (
        b.order,
        b.host_time_ns,
        b.sensor,
        flatten(b),
    )


def back(record: Record) -> Record:
    return restore(record.order, record.host_time_ns, record.sensor, flatten(record))


def test_every_kind_of_record_comes_back_equal(every_kind: list[Record]) -> None:
    assert {flatten(record).kind for record in every_kind} == set(Kind)
    for record in every_kind:
        assert same(back(record), record)
        if not isinstance(record, ImportedSamples):  # arrays have no single equality
            assert back(record) == record


def test_samples_come_back_bit_for_bit_with_nan_infinity_and_the_sign_of_zero() -> None:
    time_s = np.array([0.0, np.nan, -0.0, 1e308])
    acc = np.array([[1.0, np.inf, -np.inf]] * 4)
    gyr = np.frombuffer(np.random.default_rng(1).bytes(96), np.float64).reshape(4, 3)
    restored = back(ImportedSamples(1, 2, 0, time_s, acc, gyr))
    assert isinstance(restored, ImportedSamples)
    assert restored.time_s.tobytes() == time_s.tobytes()
    assert restored.acc_m_s2.tobytes() == acc.tobytes()
    assert restored.gyr_rad_s.tobytes() == gyr.tobytes()
    assert restored.acc_m_s2.flags.c_contiguous


texts = st.text(st.characters(), max_size=40)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.binary(max_size=300), names)
def test_any_payload_and_name_come_back(payload: bytes, name: str) -> None:
    for record in (Notification(3, -7, 2, name, payload), Read(4, 0, None, name, payload)):
        assert back(record) == record


@given(texts, names)
def test_any_text_comes_back_even_half_a_surrogate_pair(text: str, action: str) -> None:
    for record in (Link(0, 0, 0, "lost", text), Input(1, 1, None, action, text)):
        assert back(record) == record


@pytest.mark.parametrize(
    ("flat", "message"),
    [
        (Flat(Kind.LINK, "asleep", b""), "link state 'asleep' is none of connected, lost, rebooted"),
        (Flat(Kind.INPUT, "start", b"\xff"), "not UTF-8 at byte 0"),
        (Flat(Kind.SAMPLES, "", b"123"), "3 bytes are no whole number of samples"),
    ],
)
def test_a_payload_that_does_not_fit_its_kind_is_refused(flat: Flat, message: str) -> None:
    with pytest.raises(FileError, match=message):
        restore(9, 0, 0, flat)


def test_what_cannot_be_stored_is_refused_with_its_record() -> None:
    with pytest.raises(FileError, match="record 4: the name has 256 bytes, at most 255"):
        flatten(Notification(4, 0, 0, "x" * 256, b""))
    with pytest.raises(FileError, match=r"record 5: the name '\\ud800' is no valid text"):
        flatten(Input(5, 0, None, "\ud800"))
    with pytest.raises(FileError, match="record 6: samples need shapes"):
        flatten(ImportedSamples(6, 0, 0, np.zeros(2), np.zeros((3, 3)), np.zeros((2, 3))))
    with pytest.raises(FileError, match="record 7: Record is no kind of record"):
        flatten(Record(7, 0, None))


def test_kinds_have_the_numbers_and_names_that_files_hold() -> None:
    assert {kind.name.lower(): int(kind) for kind in Kind} == {
        "notification": 1,
        "read": 2,
        "link": 3,
        "input": 4,
        "samples": 5,
        "tick": 6,
        "flush": 7,
    }
    assert kind_named("tick") is flatten(Tick(0, 0, None)).kind
    with pytest.raises(FileError, match="record kind 'dream' is not known to this version"):
        kind_named("dream")


def test_an_event_is_no_record() -> None:
    assert not issubclass(Event, Record)
