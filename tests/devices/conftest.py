from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sensor_pipeline.devices import Decoder, Encoder, SensorSpec
from sensor_pipeline.library.specs import load_spec, spec_ids

INFO = {
    "profile": 1,
    "config_id": 3,
    "chip": 1,
    "n_per_packet": 4,
    "odr_millihz": 104000,
    "acc_lsb": 0.0011964113,
    "gyr_lsb": 0.00030543262,
    "acc_fs_g": 4,
    "fw_major": 1,
    "gyr_fs_dps": 500,
    "boot_id": 0x5EED,
    "t_us64": 123456789,
}


@pytest.fixture(scope="session")
def specs() -> dict[str, SensorSpec]:
    return {spec_id: load_spec(spec_id) for spec_id in spec_ids()}


@pytest.fixture(scope="session")
def info_fields() -> dict[str, float]:
    return dict(INFO)


@pytest.fixture(scope="session")
def ready() -> Callable[..., Decoder]:
    """A decoder that has read an info block where its sensor has one."""

    def make(spec: SensorSpec, stream: str | None = None) -> Decoder:
        decoder = Decoder(spec, stream)
        if spec.info is not None:
            decoder.read("info", Encoder(spec, info=INFO).encode_info())
        return decoder

    return make


@pytest.fixture(scope="session")
def snapshot() -> Callable[[Decoder], object]:
    """Everything a decoder remembers between two payloads, but for its cache of good headers."""

    def take(decoder: Decoder) -> object:
        framers = {char: dict(vars(framer)) for char, framer in decoder._framers.items()}
        return decoder._info, dict(decoder._factors), framers, {k: id(u) for k, u in decoder._unpackers.items()}

    return take


@pytest.fixture(scope="session")
def valid_payloads() -> Callable[[SensorSpec], list[tuple[str, str, bytes]]]:
    """(stream, characteristic, payload) for every packet of every stream: encoded, or from the spec's vectors."""

    def make(spec: SensorSpec) -> list[tuple[str, str, bytes]]:
        rng = np.random.default_rng(7)
        found = [
            (vector.stream, char or spec.stream(vector.stream).packets[0].char, payload)
            for vector in spec.vectors
            for char, payload in vector.notifications
        ]
        for stream in spec.streams.values():
            for packet in stream.packets:
                if packet.codec is not None or len(stream.packets) > 1:
                    continue
                encoder = Encoder(spec, stream.name, info=INFO if spec.info is not None else None)
                for n in {packet.samples.n_min, packet.samples.usual}:
                    acc = rng.normal(0.0, 5.0, (n, 3)) if "acc" in packet.channels else None
                    gyr = rng.normal(0.0, 1.0, (n, 3)) if "gyr" in packet.channels else None
                    found += [(stream.name, packet.char, p) for p in encoder.encode(acc, gyr, 7, 1000)]
        return found

    return make
