"""Where every sample of one stream went, while it is being counted.

In: increments. Out: a frozen :class:`~sensor_pipeline.types.StreamLedger`. Must not live here: decisions.

Within a segment (from one start of the sensor's counter to the next) the span is counted from the first decoded
sample to the last. Every sample in it is decoded, lost or rejected. ``rejected`` holds the samples of packets that the
decoder refused, as far as the gap they left in the stream holds them: the rest of such a gap is ``lost``. ``bridged``
rows stand in for samples that are counted as lost or rejected, never for decoded ones. ``restarts`` are segments that
ended without a known number of samples lost after them: with one of them, ``lost`` is the least that was lost.
"""

from __future__ import annotations

from sensor_pipeline.types import StreamLedger


class Account:
    """Mutable counts of one stream. ``lost`` stays 0 and unused where the stream cannot tell (``countable`` False)."""

    __slots__ = (
        "bad_packets",
        "bridged",
        "countable",
        "decoded",
        "deficit",
        "gaps",
        "lost",
        "rejected",
        "restarts",
        "stale_packets",
        "stream",
    )

    def __init__(self, stream: str, countable: bool) -> None:
        self.stream = stream
        self.countable = countable
        self.decoded = 0
        self.lost = 0
        self.rejected = 0
        self.bridged = 0
        self.stale_packets = 0
        self.bad_packets = 0
        self.gaps = 0
        self.restarts = 0
        self.deficit = 0.0  # samples

    def take_gap(self, missing: int, refused: int) -> int:
        """Split a gap into samples of refused packets and lost ones.

        Args:
            missing: samples missing; without counter and stamp, where nothing tells, the refused ones are the gap.
            refused: samples of packets that the decoder refused since the last one that was used.

        Returns:
            How many samples are missing.
        """
        if not self.countable:
            missing = refused
        rejected = min(missing, refused)
        self.rejected += rejected
        self.lost += missing - rejected
        return missing

    def ledger(self, measured_hz: float | None) -> StreamLedger:
        """The counts so far; ``measured_hz`` is the stream's rate where it is known."""
        return StreamLedger(
            stream=self.stream,
            decoded=self.decoded,
            lost=self.lost if self.countable else None,
            rejected=self.rejected,
            bridged=self.bridged,
            stale_packets=self.stale_packets,
            bad_packets=self.bad_packets,
            gaps=self.gaps,
            restarts=self.restarts,
            estimated_deficit=None if self.countable else self.deficit,
            measured_hz=measured_hz,
        )
