"""The air between virtual controllers, shaped as a real link is: connection events, retransmissions, silence.

In: what controllers send, stations that have notifications to send. Out: packets at connection events, lost
connections. Must not live here: GATT, sensors, faults by name, schedules.

The link layer acknowledges and repeats, so radio trouble is delay, then a supervision timeout, never a lost packet.
Answers wait for the next connection event; notifications are asked for at the event, so that they wait where they wait
in a sensor: in its firmware's own bounded queue.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from bumble import hci, ll
from bumble.core import PhysicalTransport
from bumble.link import LocalLink

from sensor_pipeline.ble.virtual.controller import Advertiser
from sensor_pipeline.errors import UserError
from sensor_pipeline.simulate.seeds import generator

if TYPE_CHECKING:
    from bumble.controller import Controller

ESTABLISH_EVENTS: Final = 6
"""A connection of which nothing was heard in six intervals was never made (Bluetooth Core, volume 6 B, 4.5.2)."""
_TIMEOUT: Final = hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
_NOT_ESTABLISHED: Final = hci.HCI_ErrorCode.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR


@dataclass(frozen=True, slots=True)
class AirParams:
    """How the radio and the computer's stack behave.

    Attributes:
        interval_s: connection interval, 7.5 ms to 4 s; computers pick 15 to 50 ms.
        per_event: packets that one connection event carries in each direction; 4 on old phones, 6 and more elsewhere.
        mtu: largest ATT MTU the computer takes: 23 (the least), 185 (Apple), 247 and more.
        supervision_s: silence after which both ends give the connection up.
        retransmit_probability: share of packets that need one more connection event; 0.05 to 0.15 in a room.
        early_lost: True = the computer throws away notifications that arrive before the answer to the subscription,
            as BlueZ does; False = it keeps them.
        seed: decides what is drawn.
    """

    interval_s: float = 0.030
    per_event: int = 6
    mtu: int = 517
    supervision_s: float = 4.0
    retransmit_probability: float = 0.0
    early_lost: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0.0075 <= self.interval_s <= 4.0:
            raise UserError(f"interval_s {self.interval_s}: a connection interval is 0.0075 to 4 s")
        if self.per_event < 1:
            raise UserError(f"per_event {self.per_event}: must be 1 or more")
        if not 23 <= self.mtu <= 517:
            raise UserError(f"mtu {self.mtu}: an ATT MTU is 23 to 517 bytes")
        if not self.supervision_s > self.interval_s:
            raise UserError(f"supervision_s {self.supervision_s}: must be more than interval_s {self.interval_s}")
        if not 0.0 <= self.retransmit_probability <= 0.9:
            raise UserError(f"retransmit_probability {self.retransmit_probability}: must be 0 to 0.9")


class Station(Advertiser, Protocol):
    """A sensor's radio, as the air sees it."""

    @property
    def audible(self) -> bool:
        """True while its radio reaches anybody."""

    @property
    def streaming(self) -> bool:
        """True while it may have notifications to send at any connection event."""

    def offer(self) -> bool:
        """Hand the next notification to the controller again; False = there is none."""

    def acknowledge(self) -> None:
        """The notification that :meth:`offer` handed over was received."""

    def refuses(self) -> bool:
        """True where it does not hear the request for a connection that is being made now."""


class _Place(NamedTuple):
    """A station on the air."""

    station: Station
    controller: Controller
    address: hci.Address


@dataclass(slots=True)
class _Bond:
    """One connection on air, from a computer's controller to a station's."""

    central: Controller
    central_address: hci.Address
    place: _Place
    anchor_s: float
    down: deque[bytes] = field(default_factory=deque)
    up: deque[bytes] = field(default_factory=deque)
    timer: asyncio.TimerHandle | None = None
    timeout: asyncio.TimerHandle | None = None
    silent_since_s: float = -math.inf
    silent_until_s: float = -math.inf
    in_event: bool = False


class AirLink(LocalLink):
    """A virtual air with one computer or more and some stations.

    Args:
        params: how the radio behaves.
    """

    def __init__(self, params: AirParams) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # bumble leaves it untyped
        self.params = params
        self._rng = generator(params.seed, "air")
        self._places: dict[hci.Address, _Place] = {}
        self._centrals: list[Controller] = []
        self._bonds: dict[hci.Address, _Bond] = {}

    def add_controller(self, controller: Controller) -> None:
        """Let a controller take part; a station is made known by :meth:`add_station`."""
        super().add_controller(controller)
        self._centrals.append(controller)  # bumble keeps a set, whose order changes from run to run

    def add_station(self, station: Station, controller: Controller, address: hci.Address) -> None:
        """Let a sensor take part, by its controller and its address."""
        self._centrals.remove(controller)
        self._places[address] = _Place(station, controller, address)

    def advertiser(self, address: hci.Address) -> Advertiser | None:
        """The station with an address, None where there is none."""
        place = self._places.get(address)
        return None if place is None else place.station

    # what happens to a connection

    def wake(self, station: Station) -> None:
        """A station has something to send: use the next connection event."""
        bond = self._bond(station)
        if bond is not None:
            self._schedule(bond)

    def blackout(self, station: Station, duration_s: float) -> None:
        """No radio between a station and everybody else; longer than the supervision timeout ends its connection."""
        bond = self._bond(station)
        if bond is None:
            return
        now_s = asyncio.get_running_loop().time()
        if now_s >= bond.silent_until_s:
            bond.silent_since_s = now_s
        bond.silent_until_s = max(bond.silent_until_s, now_s + duration_s)
        if bond.timeout is None and bond.silent_until_s - bond.silent_since_s >= self.params.supervision_s:
            at_s = bond.silent_since_s + self.params.supervision_s
            bond.timeout = asyncio.get_running_loop().call_at(max(at_s, now_s), self._lose, bond)

    def drop(self, station: Station) -> None:
        """The connection is lost at both ends at once, without a word."""
        bond = self._bond(station)
        if bond is not None:
            self._lose(bond)

    def fall_silent(self, station: Station) -> None:
        """The station forgets its connection without a word; the computer finds out by the supervision timeout."""
        bond = self._bond(station)
        if bond is None:
            return
        self._close(bond)
        _disconnect(bond.place.controller, bond.central_address, _TIMEOUT)
        loop = asyncio.get_running_loop()
        loop.call_later(self.params.supervision_s, self._end_of_central, bond.central, bond.place.address)

    def drop_central(self, central: Controller) -> None:
        """A computer's connections are lost at both ends at once: its radio was switched off or reset."""
        for bond in [bond for bond in self._bonds.values() if bond.central is central]:
            self._lose(bond)

    # what controllers send

    def send_advertising_pdu(self, sender_controller: Controller, packet: ll.AdvertisingPdu) -> None:
        """Carry an advertisement to the computers, or a computer's request for a connection to its station."""
        loop = asyncio.get_running_loop()
        if isinstance(packet, ll.ConnectInd):
            place = self._places.get(packet.advertiser_address)
            if place is None:
                return
            if place.station.refuses():
                wait_s = ESTABLISH_EVENTS * self.params.interval_s
                loop.call_later(
                    wait_s, self._end_of_central, sender_controller, packet.advertiser_address, _NOT_ESTABLISHED
                )
                return
            self._bonds[place.address] = _Bond(
                sender_controller, packet.initiator_address, place, loop.time() + self.params.interval_s
            )
            loop.call_soon(place.controller.on_ll_advertising_pdu, packet)
            return
        sender = next((place for place in self._places.values() if place.controller is sender_controller), None)
        if sender is not None and not sender.station.audible:
            return
        for central in self._centrals:
            if central is not sender_controller:
                loop.call_soon(central.on_ll_advertising_pdu, packet)

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Carry a packet: at once where a connection event asked for it, else at the next one.

        bumble's own link finds the other end by the sender's random address, which is wrong on a connection that was
        made with a public one; here a connection knows both its ends.
        """
        bond = self._bonds.get(destination_address)
        if bond is not None and sender_controller is bond.central:
            bond.down.append(data)
            self._schedule(bond)
            return
        bond = next((b for b in self._bonds.values() if b.place.controller is sender_controller), None)
        if bond is None:
            return  # the connection has gone: what its end still sends is lost
        if bond.in_event:
            bond.central.on_link_acl_data(bond.place.address, PhysicalTransport.LE, data)
        else:
            bond.up.append(data)
            self._schedule(bond)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        """Carry a control packet, unless there is no radio."""
        station_address = sender_address if sender_address in self._places else receiver_address
        bond = self._bonds.get(station_address)
        if bond is None:
            return
        loop = asyncio.get_running_loop()
        to_central = station_address == sender_address
        controller = bond.central if to_central else bond.place.controller
        if loop.time() < bond.silent_until_s:
            if isinstance(packet, ll.TerminateInd):  # the other end finds out by the supervision timeout
                self._close(bond)
                at_s = max(bond.silent_since_s + self.params.supervision_s, loop.time())
                if to_central:
                    loop.call_at(at_s, self._end_of_central, bond.central, station_address)
                else:
                    loop.call_at(at_s, _disconnect, controller, sender_address, _TIMEOUT)
            return
        if isinstance(packet, ll.TerminateInd):
            self._close(bond)
        loop.call_soon(controller.on_ll_control_pdu, sender_address, packet)

    # connection events

    def _schedule(self, bond: _Bond) -> None:
        if bond.timer is not None or bond.in_event:
            return
        loop = asyncio.get_running_loop()
        events = max(math.floor((loop.time() - bond.anchor_s) / self.params.interval_s + 1e-6) + 1, 0)
        bond.timer = loop.call_at(bond.anchor_s + events * self.params.interval_s, self._event, bond)

    def _event(self, bond: _Bond) -> None:
        bond.timer = None
        if self._bonds.get(bond.place.address) is not bond:
            return
        if asyncio.get_running_loop().time() >= bond.silent_until_s:
            self._exchange(bond)
        if bond.up or bond.down or bond.place.station.streaming:
            self._schedule(bond)

    def _exchange(self, bond: _Bond) -> None:
        place, central = bond.place, bond.central
        for _ in range(min(self.params.per_event, len(bond.down))):
            if self._repeated():
                break
            data = bond.down.popleft()
            place.controller.on_link_acl_data(bond.central_address, PhysicalTransport.LE, data)
        for _ in range(self.params.per_event):
            if bond.up:
                if self._repeated():
                    break
                central.on_link_acl_data(place.address, PhysicalTransport.LE, bond.up.popleft())
                continue
            if self._repeated():
                break
            bond.in_event = True
            try:
                if not place.station.offer():
                    break
            finally:
                bond.in_event = False
            place.station.acknowledge()

    def _repeated(self) -> bool:
        share = self.params.retransmit_probability
        return share > 0.0 and float(self._rng.random()) < share

    # ends of connections

    def _lose(self, bond: _Bond) -> None:
        self._close(bond)
        _disconnect(bond.place.controller, bond.central_address, _TIMEOUT)
        _disconnect(bond.central, bond.place.address, _TIMEOUT)

    def _close(self, bond: _Bond) -> None:
        if self._bonds.get(bond.place.address) is bond:
            del self._bonds[bond.place.address]
        for timer in (bond.timer, bond.timeout):
            if timer is not None:
                timer.cancel()
        bond.timer = bond.timeout = None

    def _bond(self, station: Station) -> _Bond | None:
        return next((bond for bond in self._bonds.values() if bond.place.station is station), None)

    def _end_of_central(self, central: Controller, address: hci.Address, reason: int = _TIMEOUT) -> None:
        bond = self._bonds.get(address)
        if bond is None or bond.central is not central:  # else it has been replaced by a newer one
            _disconnect(central, address, reason)


def _disconnect(controller: Controller, peer: hci.Address, reason: int) -> None:
    connection = controller.le_connections.get(peer)
    if connection is not None:
        controller.on_le_disconnected(connection, reason)
