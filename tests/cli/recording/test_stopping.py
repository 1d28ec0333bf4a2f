"""Signals ask for the end and do not kill; afterwards they are what they were."""

import asyncio
import os
import signal
import sys

import pytest

from sensor_pipeline.cli.recording.stopping import signals

if sys.platform == "win32":
    pytest.skip("signals of POSIX", allow_module_level=True)


@pytest.mark.parametrize(("name", "words"), [("SIGINT", "Ctrl-C"), ("SIGTERM", "SIGTERM")])
def test_a_signal_is_one_call_with_its_reason(name: str, words: str) -> None:
    number = getattr(signal, name)
    before = signal.getsignal(number)
    reasons: list[str] = []

    async def main() -> None:
        inside = signal.getsignal(number)
        with signals(reasons.append):
            os.kill(os.getpid(), number)
            os.kill(os.getpid(), number)
            async with asyncio.timeout(10.0):
                while not reasons:
                    await asyncio.sleep(0.001)
        assert signal.getsignal(number) == inside

    asyncio.run(main())
    assert set(reasons) == {words}
    assert signal.getsignal(number) == before
