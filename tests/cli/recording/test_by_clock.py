"""By the clock: done, shortened and skipped are told apart, and a pause holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from sensor_pipeline.cli.recording.by_clock import HURTS, STOPPED, Rest, Timer
from sensor_pipeline.cli.recording.commands import Action, Command
from sensor_pipeline.library.protocols import protocol_text
from sensor_pipeline.protocols.guidance import Guidance
from sensor_pipeline.types import Cue, Event

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from sensor_pipeline.ble.virtual.loop import clock_ns, run_virtual

GUIDANCE = Guidance(protocol_text("ankle_circles"), gated=False, reps=3)


def run(item: Timer | Rest, *acts: tuple[float, Action]) -> tuple[list[str], float]:
    cues: list[str] = []

    def say(events: Sequence[Event]) -> None:
        cues.extend(event.cue for event in events if isinstance(event, Cue))

    async def main() -> float:
        loop = asyncio.get_running_loop()
        for at_s, action in acts:
            loop.call_later(at_s, item.command, Command(action))
        await item.run(clock_ns, say)
        return loop.time()

    took_s = run_virtual(main(), limit_s=4000.0)
    return cues, took_s


def test_a_timer_runs_to_the_end_of_its_set() -> None:
    timer = Timer(GUIDANCE, "left")
    cues, _ = run(timer)
    assert (cues[0], cues[-1]) == ("mount", "set_done")
    assert cues.count("paced") == 2 * 3  # two directions
    assert (timer.became, timer.reason) == ("done", "")


def test_going_on_early_shortens_it() -> None:
    timer = Timer(GUIDANCE, "left")
    cues, _ = run(timer, (5.5, "next-try"))
    assert "shortened" in cues
    assert timer.became == "shortened"


def test_stopped_before_it_began_is_skipped_and_after_it_shortened() -> None:
    early, late = Timer(GUIDANCE, "left"), Timer(GUIDANCE, "left")
    run(early, (1.0, "stop"))
    run(late, (6.0, "stop"))
    assert (early.became, early.reason) == ("skipped", STOPPED)
    assert late.became == "shortened"


def test_it_hurts_is_said_and_ends_it() -> None:
    timer = Timer(GUIDANCE, "left")
    cues, took_s = run(timer, (6.0, "hurts-stop"))
    assert cues[-1] == "hurts_stop"
    assert timer.reason == HURTS
    assert took_s < 6.5


def test_a_pause_holds_a_timer_and_a_rest() -> None:
    _, plain_s = run(Timer(GUIDANCE, "left"))
    _, paused_s = run(Timer(GUIDANCE, "left"), (6.0, "pause"), (36.0, "resume"))
    assert paused_s > plain_s + 29.0
    _, rest_s = run(Rest(10.0), (2.0, "pause"), (7.0, "resume"))
    assert rest_s == pytest.approx(15.0, abs=0.3)


def test_a_rest_lasts_as_long_as_asked_or_until_the_person_goes_on() -> None:
    assert run(Rest(10.0))[1] == pytest.approx(10.0, abs=0.2)
    assert run(Rest(10.0), (3.0, "next-try"))[1] == pytest.approx(3.0, abs=0.2)
    rest = Rest(10.0)
    run(rest, (3.0, "hurts-stop"))
    assert rest.reason == HURTS
    assert rest.command(Command("mark")) == "mark means nothing to a rest"
