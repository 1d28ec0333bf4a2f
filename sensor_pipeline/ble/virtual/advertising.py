"""What a virtual sensor advertises: its service and its maker in the advertisement, its name in the scan response.

In: a spec, a name. Out: bytes of at most 31. Must not live here: when it is sent.

The service is in the advertisement itself, as real firmware should have it: a host filters by it before it asks for
more. With it there is no room for a name of more than four letters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bumble.core import UUID, AdvertisingData

if TYPE_CHECKING:
    from sensor_pipeline.devices import SensorSpec

MOST: Final = 31
"""Bytes of an advertisement, and of a scan response."""
FLAGS: Final = AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE | AdvertisingData.Flags.BR_EDR_NOT_SUPPORTED


def advertisement(spec: SensorSpec, *, impostor: bool) -> bytes:
    """Make a sensor's advertisement; an impostor's lacks the service."""
    parts = [_part(AdvertisingData.FLAGS, bytes((FLAGS,)))]
    if spec.match.service is not None and not impostor:
        uuid = UUID(spec.match.service).to_bytes(force_128=True)
        parts.append(_part(AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, uuid))
    if spec.match.company_id is not None:
        parts.append(_part(AdvertisingData.MANUFACTURER_SPECIFIC_DATA, spec.match.company_id.to_bytes(2, "little")))
    return b"".join(parts)


def scan_response(name: str) -> bytes:
    """Make a scan response; a name that is too long is shortened, and says so."""
    text = name.encode()
    if len(text) <= MOST - 2:
        return _part(AdvertisingData.COMPLETE_LOCAL_NAME, text)
    return _part(AdvertisingData.SHORTENED_LOCAL_NAME, text[: MOST - 2].decode(errors="ignore").encode())


def _part(kind: int, value: bytes) -> bytes:
    return bytes((len(value) + 1, kind)) + value
