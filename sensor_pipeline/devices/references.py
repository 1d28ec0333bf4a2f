"""References inside a spec: every name that points somewhere must point at something.

In: a spec whose tables are in order. Out: problems on its table. Must not live here: types and bounds of single values.
"""

from __future__ import annotations

from collections.abc import Iterable

from sensor_pipeline.devices.commands import template_fields, template_problem
from sensor_pipeline.devices.layout import Command, PacketLayout, Stream
from sensor_pipeline.devices.spec import ReadBlock, SensorSpec
from sensor_pipeline.devices.table import Table, did_you_mean


def check_references(spec: SensorSpec, top: Table) -> None:
    """Note every reference of ``spec`` that leads nowhere as a problem of its document ``top``."""
    check = _Checker(spec, top)
    for i, command in enumerate(spec.rate.set):
        check.command(f"rate.set[{i}]", command)
    for rate, _ in spec.rate.codes:
        if spec.rate.hz and rate not in spec.rate.hz:
            top.problem("rate.codes", f"{rate:g} Hz is not in rate.hz", rate)
    check.block("battery", spec.battery)
    check.block("info", spec.info)
    for name, stream in spec.streams.items():
        check.stream(f"streams.{name}", stream)
    check.vectors()


class _Checker:
    def __init__(self, spec: SensorSpec, top: Table) -> None:
        self._spec = spec
        self._top = top

    def _known(self, path: str, name: str, known: Iterable[str], what: str) -> None:
        names = list(known)
        if name not in names:
            self._top.problem(path, f"{name!r} is no {what}{did_you_mean(name, names)}", name)

    def char(self, path: str, name: str) -> None:
        self._known(path, name, self._spec.chars, "characteristic of [chars]")

    def command(self, path: str, command: Command) -> None:
        self.char(f"{path}.char", command.char)
        problem = template_problem(command.template)
        if problem:
            self._top.problem(f"{path}.hex", problem, command.template)
            return
        rate = self._spec.rate
        for field in template_fields(command.template):
            if field == "code" and (not rate.hz or {hz for hz, _ in rate.codes} != set(rate.hz)):
                self._top.problem(f"{path}.hex", "{code} needs rate.codes with every rate of rate.hz", command.template)
            elif field not in ("rate", "period_ms", "code") and field not in (rate.settings or {}):
                self._top.problem(f"{path}.hex", f"{field!r} is not in rate.settings", command.template)

    def block(self, path: str, block: ReadBlock | None) -> None:
        if block is None:
            return
        if block.char is not None:
            self.char(f"{path}.char", block.char)
        if block.reply is not None:
            self.char(f"{path}.reply.char", block.reply.char)
        if block.request is not None:
            self.command(f"{path}.request", block.request)
        if block.char is None and block.request is None:
            self._top.problem(path, "needs char (to read) or request (to ask)")

    def stream(self, path: str, stream: Stream) -> None:
        for key, commands in (("start", stream.start), ("stop", stream.stop)):
            for i, command in enumerate(commands):
                self.command(f"{path}.{key}[{i}]", command)
        for i, name in enumerate(stream.replies):
            self.char(f"{path}.replies[{i}]", name)
        for packet in stream.packets:
            here = f"{path}.packets.{packet.name}"
            self.packet(here, packet)
            if packet.char in stream.replies:
                self._top.problem(f"{here}.char", f"{packet.char!r} is also in replies", packet.char)
            if stream.framing.kind == "sync" and not any(
                f.role == "packet" and f.length >= packet.min_len for f in stream.framing.frames
            ):
                self._top.problem(here, f"no frame of the byte stream holds its {packet.min_len} bytes", packet.min_len)
        self._told_apart(path, stream)

    def packet(self, path: str, packet: PacketLayout) -> None:
        self.char(f"{path}.char", packet.char)
        info = {field.name: field for field in self._spec.info.fields} if self._spec.info else {}
        for i, field in enumerate(packet.fields):
            if field.scale_info is not None:
                here = f"{path}.fields[{i}].scale_info"
                self._known(here, field.scale_info, info, "field of [info]")
                source = info.get(field.scale_info)
                if source is not None and not (source.lo and source.lo > 0.0 and source.hi and source.hi <= 1e3):
                    self._top.problem(here, "needs min > 0 and max <= 1000 at its [info] field: a scale", source.lo)
        if packet.config_id is not None:
            self._known(f"{path}.config_id.info", packet.config_id.info, info, "field of [info]")
        if packet.codec is not None:
            self.char(f"{path}.codec.factor_char", packet.codec.factor_char)

    def _told_apart(self, path: str, stream: Stream) -> None:
        for i, packet in enumerate(stream.packets):
            for other in stream.packets[:i]:
                if packet.char == other.char and not _differ(packet, other):
                    self._top.problem(
                        f"{path}.packets.{packet.name}.const",
                        f"cannot be told from packet {other.name!r}: give both different values at the same offset",
                    )

    def vectors(self) -> None:
        names = [vector.name for vector in self._spec.vectors]
        if len(set(names)) < len(names):
            self._top.problem("vectors", "a name is there twice", names)
        packets = [packet.name for stream in self._spec.streams.values() for packet in stream.packets]
        for i, vector in enumerate(self._spec.vectors):
            self._known(f"vectors[{i}].stream", vector.stream, (*self._spec.streams, *packets), "stream")
            for j, (char, _) in enumerate(vector.notifications):
                if char:
                    self.char(f"vectors[{i}].notifications[{j}]", char)
            for j, expected in enumerate(vector.packets):
                self._known(f"vectors[{i}].packets[{j}].packet", expected.packet, packets, "packet")


def _differ(packet: PacketLayout, other: PacketLayout) -> bool:
    """True where one header number excludes that a payload fits both; a codec's measurement byte counts as one."""
    if packet.codec is not None and other.codec is not None and packet.codec.measurement != other.codec.measurement:
        return True
    return any(
        (a.offset, a.type, a.mask) == (b.offset, b.type, b.mask) and not set(a.values) & set(b.values)
        for a in packet.const
        for b in other.const
    )
