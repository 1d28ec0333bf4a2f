"""Errors of the whole project: one base, one subclass for each party that can act on it.

In: nothing. Out: exception classes. Must not live here: messages, exit codes, anything that imports another room.

A message says what is wrong, which value, and what to do, in one line. Whoever needs the parts reads attributes.
"""

from __future__ import annotations


class DorsiError(Exception):
    """Base of every error this package raises on purpose."""


class SensorError(DorsiError):
    """The sensor (its bytes, its firmware, its spec) is at fault: look at the sensor or its spec file."""


class PacketError(SensorError):
    """A payload that the spec does not allow. The decoder's state is as it was before the call.

    Attributes:
        reason: what is wrong, with the offending value.
        samples: how many samples the payload claimed to carry, None where its header could not be trusted.
        payload: the offending bytes as received.
    """

    def __init__(self, reason: str, payload: bytes = b"", samples: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.payload = payload
        self.samples = samples


class SpecError(SensorError):
    """A sensor spec (TOML) that the schema refuses.

    Attributes:
        path: dotted place in the document, for example ``streams.raw6.packet.min_len``; empty for the whole document.
        value: the offending value, None where the key itself is the offence.
    """

    def __init__(self, message: str, path: str = "", value: object = None) -> None:
        super().__init__(message)
        self.path = path
        self.value = value


class RadioError(DorsiError):
    """The radio link is at fault: move closer, charge, free the sensor from another app, allow Bluetooth."""


class FileError(DorsiError):
    """A file or folder is damaged, missing, of another kind or of a newer schema.

    Attributes:
        path: the file concerned, as text, None where the error concerns no single file.
    """

    def __init__(self, message: str, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path


class ProtocolError(FileError):
    """A protocol or programme (TOML) that the schema refuses: file, key, value, and what to write instead.

    Attributes:
        key: dotted place in the document, for example ``dose.hold_s``; empty for the whole document.
        value: the offending value, None where the key itself is the offence.
    """

    def __init__(self, message: str, key: str = "", value: object = None) -> None:
        super().__init__(message)
        self.key = key
        self.value = value


class UserError(DorsiError):
    """An argument, a name or a request that cannot be carried out: the message says what to type instead."""
