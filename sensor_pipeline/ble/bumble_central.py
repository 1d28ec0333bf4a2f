"""This computer's adapter on a bumble Device: shared scans, connections in turn, off and on.

In: a bumble Device that is powered on. Out: advertisements to listeners, connections. Must not live here: bleak's
classes (bumble_backend), GATT, which radio is used.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason
from bumble import core, hci
from bumble.device import Advertisement, Connection, Device

LARGEST_MTU: Final = 517
"""Largest ATT MTU that is of use: a value has at most 512 bytes."""
SLICE_S: Final = 2.0
"""A controller makes one connection at a time: nobody keeps it longer than this before the others have their turn."""


class Central:
    """This computer's adapter: one bumble Device, shared by any number of scanners and clients.

    Args:
        device: powered on, on its controller.
        mtu: largest ATT MTU that is asked for.
        early_lost: throw away notifications that arrive before the answer to the subscription, as BlueZ does.
    """

    def __init__(self, device: Device, *, mtu: int = LARGEST_MTU, early_lost: bool = False) -> None:
        self.device = device
        self.mtu = mtu
        self.early_lost = early_lost
        self.powered = True
        self._listeners: list[tuple[Callable[[Advertisement], None], bool]] = []
        self._scan_turn = asyncio.Lock()
        self._connect_turn = asyncio.Lock()
        self._attempts: set[asyncio.Task[Connection]] = set()
        self._ends: set[asyncio.Task[None]] = set()
        device.on(Device.EVENT_ADVERTISEMENT, self._on_advertisement)

    def check(self) -> None:
        """Refuse to work while the adapter is off.

        Raises:
            BleakBluetoothNotAvailableError: it is.
        """
        if not self.powered:
            raise BleakBluetoothNotAvailableError(
                "the Bluetooth adapter is off", BleakBluetoothNotAvailableReason.POWERED_OFF
            )

    async def switch(self, on: bool) -> None:
        """Switch the adapter off or on; off ends scans and attempts. Connections that are up are the air's affair."""
        self.powered = on
        if not on:
            self._listeners.clear()
            await self._set_scan()
            for attempt in self._attempts:
                attempt.cancel()
            with contextlib.suppress(hci.HCI_Error):  # refused where none was in the making
                await self.device.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command())

    async def listen(self, listener: Callable[[Advertisement], None], active: bool) -> None:
        """Scan until :meth:`unlisten`; scans of several listeners are one."""
        self.check()
        self._listeners.append((listener, active))
        await self._set_scan()

    async def unlisten(self, listener: Callable[[Advertisement], None]) -> None:
        """End a listener's scan; one that has ended already is no error."""
        self._listeners = [pair for pair in self._listeners if pair[0] != listener]
        await self._set_scan()

    async def link_up(self, address: hci.Address, timeout_s: float) -> Connection:
        """Make a connection, taking turns with others who want one.

        Raises:
            TimeoutError: it was not made in ``timeout_s``.
            bumble.core.BaseBumbleError: the controller refuses.
        """
        loop = asyncio.get_running_loop()
        end_s = loop.time() + timeout_s
        while True:
            left_s = end_s - loop.time()
            if left_s <= 0.0:
                raise TimeoutError(f"no connection to {address.to_string(False)} in {timeout_s:g} s")
            task = loop.create_task(self._attempt(address, min(left_s, SLICE_S)))
            self._attempts.add(task)
            task.add_done_callback(self._attempts.discard)
            try:
                # shielded: a controller must not be left connecting behind our back
                return await asyncio.shield(task)
            except asyncio.CancelledError:
                if task.cancelled():
                    self.check()  # not the caller was cancelled: the adapter was switched off
                task.add_done_callback(self._throw_away)
                raise
            except TimeoutError:
                continue

    async def close(self) -> None:
        """Wait for connections in the making that nobody waits for any more; end every scan."""
        self._listeners.clear()
        while self._attempts or self._ends:
            await asyncio.wait(self._attempts | self._ends)
        with contextlib.suppress(core.BaseBumbleError, hci.HCI_Error):
            await self._set_scan()

    async def _attempt(self, address: hci.Address, slice_s: float) -> Connection:
        async with self._connect_turn:
            try:
                return await self.device.connect_le(address, timeout=slice_s)
            except core.TimeoutError as error:
                raise TimeoutError(str(error)) from error

    def _throw_away(self, task: asyncio.Task[Connection]) -> None:
        """End a connection that was made after its caller had gone."""
        if not task.cancelled() and task.exception() is None:
            ending = asyncio.get_running_loop().create_task(end(task.result()))
            self._ends.add(ending)
            ending.add_done_callback(self._ends.discard)

    async def _set_scan(self) -> None:
        async with self._scan_turn:
            wanted, device = bool(self._listeners), self.device
            active = any(active for _, active in self._listeners)
            if device.scanning and (not wanted or device.scanning_is_passive == active):
                await device.stop_scanning()
            if wanted and not device.scanning:
                await device.start_scanning(active=active, filter_duplicates=False)

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        for listener, _ in tuple(self._listeners):
            listener(advertisement)


async def end(connection: Connection) -> None:
    """End a connection; one that has ended already is no error."""
    with contextlib.suppress(core.BaseBumbleError, hci.HCI_Error, TimeoutError):
        async with asyncio.timeout(SLICE_S):
            await connection.disconnect()
