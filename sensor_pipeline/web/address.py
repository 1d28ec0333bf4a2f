"""This computer's address in the local network, and a code that a phone's camera reads.

In: nothing; a text. Out: an address; rows of dark and light. Must not live here: sockets that listen, pairing.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    import segno

_DOCUMENTATION: Final = ("192.0.2.1", 9)
"""An address that belongs to nobody (RFC 5737): which way would it go? A datagram socket sends nothing to find out."""


def lan_address() -> str:
    """The address that other devices in the network reach this computer at.

    Raises:
        UserError: there is no network.
    """
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(_DOCUMENTATION)
            address = str(probe.getsockname()[0])
    except OSError:
        address = "0.0.0.0"
    if address.startswith("127.") or address == "0.0.0.0":
        raise UserError("--lan: this computer is in no network; join the Wi-Fi that the phone is in, then try again")
    return address


def qr_rows(text: str) -> list[str]:
    """A QR code as rows of 1 (dark) and 0, without its quiet zone."""
    return ["".join("1" if cell else "0" for cell in row) for row in _qr(text).matrix]


def qr_terminal(text: str) -> str:
    """A QR code for a terminal, two rows in a line."""
    from io import StringIO

    out = StringIO()
    _qr(text).terminal(out, compact=True)
    return out.getvalue()


def _qr(text: str) -> segno.QRCode:
    import segno

    return segno.make_qr(text, error="m")
