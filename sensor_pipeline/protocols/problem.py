"""What is wrong with a protocol or a programme file.

In: problems as the table reader finds them. Out: :class:`~sensor_pipeline.errors.ProtocolError`. Must not live here:
what a protocol may say.
"""

from __future__ import annotations

from collections.abc import Sequence

from sensor_pipeline.errors import ProtocolError, SpecError


def as_protocol_errors(problems: Sequence[SpecError]) -> tuple[ProtocolError, ...]:
    """The table reader's problems, said of a protocol: it is the file that must be changed, not a sensor."""
    return tuple(ProtocolError(str(one).replace("a spec holds", "write"), one.path, one.value) for one in problems)


def first_of(problems: Sequence[ProtocolError]) -> ProtocolError:
    """The first problem, saying how many more there are."""
    first = problems[0]
    if len(problems) == 1:
        return first
    return ProtocolError(f"{first} (and {len(problems) - 1} more)", first.key, first.value)
