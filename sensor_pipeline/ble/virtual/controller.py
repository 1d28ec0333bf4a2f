"""bumble's virtual controller with its defects worked round.

In: commands of a bumble host, what the air carries. Out: events to the host. Must not live here: timing of the air
(link), sensors.

Each work-around names its defect (bumble 0.0.236); tests/ble/test_bleak_api.py tells when one is no longer needed.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from bumble import hci, ll
from bumble.controller import Controller

ACL_BYTES: Final = 251
"""Data length of Bluetooth 4.2: a notification of 244 bytes takes one packet (bumble's default of 27 makes ten)."""
CANCEL_S: Final = 0.001
"""The connection's end is reported after the command's own completion, as the specification orders it."""
_Report = hci.HCI_LE_Extended_Advertising_Report_Event.Report
_EventType = hci.HCI_LE_Extended_Advertising_Report_Event.EventType


class Advertiser(Protocol):
    """What a scanner hears of an advertiser: its scan response and how strong it is."""

    @property
    def scan_response(self) -> bytes:
        """Advertising structures of the scan response."""

    @property
    def rssi_dbm(self) -> int:
        """Signal strength at the scanner."""


class Air(Protocol):
    """What a central's controller asks the air."""

    def advertiser(self, address: hci.Address) -> Advertiser | None:
        """Who advertises with an address, None = nobody that this air knows."""

    def drop_central(self, central: Controller) -> None:
        """A computer's connections are lost."""


class StationController(Controller):
    """A controller whose packets are as long as today's chips send them."""

    le_acl_data_packet_length = ACL_BYTES
    acl_data_packet_length = ACL_BYTES
    supported_max_tx_octets = ACL_BYTES
    supported_max_rx_octets = ACL_BYTES


class CentralController(StationController):
    """The controller of a computer. ``air`` is its link; set before the first advertisement."""

    air: Air

    def on_hci_le_create_connection_cancel_command(
        self, command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Give up a connection that is being made. bumble answers success and goes on connecting behind the host."""
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        event = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=hci.Role.CENTRAL,
            peer_address_type=pending.peer_address.address_type,
            peer_address=pending.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        asyncio.get_running_loop().call_later(CANCEL_S, self.send_hci_packet, event)
        return super().on_hci_le_create_connection_cancel_command(command)

    def on_hci_reset_command(self, command: hci.HCI_Reset_Command) -> hci.HCI_StatusReturnParameters:
        """Start afresh. bumble keeps connections, scans and a connection in the making over a reset."""
        self.le_scan_enable = False
        self.pending_le_connection = None
        self.air.drop_central(self)
        self.le_connections.clear()
        return super().on_hci_reset_command(command)

    def on_advertising_pdu(self, pdu: ll.AdvInd | ll.AdvExtInd) -> None:
        """Report an advertisement. bumble puts the advertisement's data into the scan response's report too."""
        found = self.air.advertiser(pdu.advertiser_address)
        if found is None:
            super().on_advertising_pdu(pdu)
            return
        if self.le_scan_enable:
            legacy = _EventType.CONNECTABLE_ADVERTISING | _EventType.SCANNABLE_ADVERTISING
            legacy |= _EventType.LEGACY_ADVERTISING_PDU_USED
            self._report(pdu, legacy, pdu.data, found.rssi_dbm)
            self._report(pdu, legacy | _EventType.SCAN_RESPONSE, found.scan_response, found.rssi_dbm)
        pending = self.pending_le_connection
        if pending is None or pending.peer_address != pdu.advertiser_address:
            return
        if pdu.advertiser_address in self.le_connections:
            return  # connected still as far as this end knows: it will notice its error by the supervision timeout
        self.create_le_connection(pdu.advertiser_address)

    def _report(self, pdu: ll.AdvInd | ll.AdvExtInd, event_type: int, data: bytes, rssi_dbm: int) -> None:
        report = _Report(
            event_type=event_type,
            address_type=pdu.advertiser_address.address_type,
            address=pdu.advertiser_address,
            primary_phy=hci.Phy.LE_1M,
            secondary_phy=hci.Phy.LE_1M,
            advertising_sid=0,
            tx_power=hci.HCI_LE_Extended_Advertising_Report_Event.TX_POWER_INFORMATION_NOT_AVAILABLE,
            rssi=rssi_dbm,
            periodic_advertising_interval=0,
            direct_address_type=0,
            direct_address=hci.Address.ANY,
            data=data,
        )
        self.send_hci_packet(hci.HCI_LE_Extended_Advertising_Report_Event([report]))
