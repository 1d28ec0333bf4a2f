"""The guide: nothing need be touched, every try counts or is repeated with a reason, pain ends all prompting."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.errors import ProtocolError, UserError
from sensor_pipeline.library.protocols import load_protocol, protocol_text
from sensor_pipeline.protocols.coach import HURTS_TEXT
from sensor_pipeline.protocols.gate import ACHILLES
from sensor_pipeline.protocols.guidance import Guidance, targets_of
from sensor_pipeline.protocols.guide import Guide
from sensor_pipeline.protocols.guide_words import CUES
from sensor_pipeline.protocols.safety import CANNOT_SAY_WHY
from sensor_pipeline.protocols.sets import tick_times
from sensor_pipeline.protocols.slots import MOST_AGAIN
from sensor_pipeline.protocols.timer_set import LEAD_S
from sensor_pipeline.protocols.try_set import STILL_S
from sensor_pipeline.types import (
    Cue,
    Event,
    Flush,
    HoldEnded,
    HoldStarted,
    Input,
    Mounting,
    MountingRefused,
    MountingSet,
    Record,
    Rep,
    RepDone,
    RepRejected,
    RepStarted,
    Side,
    Targets,
    Tick,
)

ZERO = Mounting("pose", 0.0, (0.0,) * 9, True)
REP = Rep(
    side="left",
    rep=1,
    start_s=0.0,
    hold_start_s=None,
    peak_s=0.0,
    hold_end_s=None,
    end_s=0.0,
    start_deg=0.0,
    peak_deg=38.0,
    rom_deg=38.0,
    peak_sd_deg=None,
    descent_s=1.0,
    hold_s=2.0,
    ascent_s=1.0,
    end_range_s=None,
    peak_velocity_deg_s=60.0,
    scored=True,
)


class Talk:
    """A session by hand: time goes on in ticks, things happen at a time, what was said is collected."""

    def __init__(
        self, protocol: str, *, sides: Sequence[Side] = ("left",), targets: Targets | None = None, **known: object
    ) -> None:
        given = {"gated": False, "shank_cm": 43.0, "start_cm": 6.0, **known}
        guidance = Guidance(protocol_text(protocol), **given)  # type: ignore[arg-type] # values of several types
        if targets is None:
            targets = targets_of(load_protocol(protocol), guidance.dose(load_protocol(protocol)))
        self.guide = Guide(guidance, targets, sides)
        self.order = 0
        self.at_s = 0.0
        self.cues: list[Cue] = []
        self._push(Input(0, 0, None, "start"))

    def _push(self, record: Record, events: Sequence[Event] = ()) -> list[str]:
        out = self.guide.follow([record], list(events), 0)
        new = [event for event in out if isinstance(event, Cue)]
        self.cues += new
        self.order += 1
        return [cue.cue for cue in new]

    def tick(self, at_s: float) -> list[str]:
        """Let time go on."""
        self.at_s = at_s
        return self._push(Tick(self.order, round(at_s * 1e9), None))

    def hear(self, event: type[Event], *values: object, sensor: int = 0) -> list[str]:
        """Have something found out now."""
        made = event(self.order, sensor, self.at_s, *values)  # type: ignore[arg-type] # fields differ by event
        return self._push(Tick(self.order, round(self.at_s * 1e9), sensor), [made])

    def zero(self, at_s: float = 3.0, sensor: int = 0) -> list[str]:
        """The standing pose is taken."""
        self.tick(at_s)
        return self.hear(MountingSet, ZERO, sensor=sensor)

    def rep(self, at_s: float, peak_deg: float = 38.0, sensor: int = 0, **changes: object) -> list[str]:
        """A repetition of five seconds ends."""
        self.tick(at_s - 4.0)
        said = self.hear(RepStarted, 1, sensor=sensor)
        said += self.tick(at_s)
        done = dataclasses.replace(REP, start_s=at_s - 5.0, end_s=at_s, peak_deg=peak_deg, **changes)  # type: ignore[arg-type]
        return said + self.hear(RepDone, done, sensor=sensor)

    def input(self, action: str, value: object = None) -> list[str]:
        """The person does something now."""
        return self._push(Input(self.order, round(self.at_s * 1e9), None, action, json.dumps(value)))

    def last(self, cue: str) -> Cue:
        """The last cue of an id."""
        return [one for one in self.cues if one.cue == cue][-1]


# strapping on and safety


def test_the_guide_says_where_the_sensor_goes_and_asks_for_the_standing_pose() -> None:
    talk = Talk("soleus_lunge")
    assert [cue.cue for cue in talk.cues] == ["mount", "stand"]
    assert "BACK leg" in talk.last("mount").text
    assert talk.zero() == ["descend"]


def test_the_safety_questions_come_before_anything_that_loads() -> None:
    talk = Talk("banded_lunge", gated=True)
    assert [cue.cue for cue in talk.cues] == ["ask_safety"]
    assert talk.zero() == []
    assert talk.rep(10.0) == []
    assert talk.input("answer", {"safety": {"excluded": [], "pain": 0}}) == ["safety", "mount", "descend"]
    assert talk.rep(20.0)[0] == "rep_counted"


def test_what_does_not_load_asks_nothing() -> None:
    assert [cue.cue for cue in Talk("release_calf", gated=True).cues] == ["mount", "ready"]


def test_an_exclusion_bars_the_set_and_all_prompting() -> None:
    talk = Talk("ktw_standing", gated=True)
    assert talk.input("answer", {"safety": {"excluded": ["achilles"]}}) == ["barred"]
    assert CANNOT_SAY_WHY in talk.last("barred").text
    assert talk.zero() + talk.rep(10.0) + talk.tick(100.0) == []


def test_achilles_pain_takes_a_stretch_out() -> None:
    talk = Talk("gastroc_step", gated=True)
    assert talk.input("answer", {"safety": {"pain": 2, "pain_site": "achilles"}}) == ["barred"]
    assert talk.last("barred").text.startswith(ACHILLES)


def test_an_answer_nobody_can_read_is_asked_again() -> None:
    talk = Talk("banded_lunge", gated=True)
    assert talk.input("answer", {"safety": {"pain": "much"}}) == ["ask_safety"]
    assert talk.zero() == []


def test_pain_in_the_middle_ends_what_pushes() -> None:
    talk = Talk("banded_lunge", targets=Targets(angle_deg=30.0))
    talk.zero()
    assert "target_reached" in talk.rep(10.0)
    talk.input("answer", {"safety": {"pain": 3, "pain_site": "other"}})
    assert talk.rep(20.0, 50.0) == ["rep_counted", "rest"]
    assert talk.last("rest").text == "Rest as long as you like."
    assert talk.hear(HoldStarted, 3, 20.0) == []


def test_it_hurts_ends_the_set_and_all_prompting() -> None:
    talk = Talk("seated_df_hold")
    talk.tick(LEAD_S + 1.0)
    assert talk.input("hurts-stop") == ["hurts_stop"]
    assert talk.last("hurts_stop").text == HURTS_TEXT
    assert talk.tick(500.0) + talk.input("resume") == []
    assert talk.guide.waits


def test_a_refused_pose_is_explained_and_a_slip_never_silently_passed() -> None:
    talk = Talk("banded_lunge")
    assert talk.hear(MountingRefused, "the shin moved", "keep still") == ["stand_again"]
    talk.zero()
    assert talk.hear(MountingRefused, "the strap moved", "take a new zero") == ["mounting_doubt"]
    assert talk.hear(MountingSet, ZERO) == ["descend"]
    axis = dataclasses.replace(ZERO, method="pose+axis")
    assert talk.hear(MountingSet, axis) == []


# repetitions


def test_a_set_of_thirty_ends_with_the_thirtieth() -> None:
    talk = Talk("banded_lunge")
    talk.zero()
    said = [talk.rep(10.0 + 6.0 * i, 36.0) for i in range(30)]
    assert all(one == ["rep_counted", "rest"] for one in said[:-1])
    assert said[-1] == ["rep_counted", "set_done"]
    assert talk.last("rep_counted").value == 30.0
    assert talk.rep(300.0) == []


def test_a_first_session_has_no_target_only_best_so_far() -> None:
    talk = Talk("deep_squat")
    talk.zero()
    assert "best" not in talk.rep(10.0, 34.0)
    assert "best" in talk.rep(20.0, 36.0)
    assert "best" not in talk.rep(30.0, 35.0)
    assert not [cue for cue in talk.cues if cue.cue == "target_reached"]


def test_no_reward_for_a_larger_angle_with_a_heel_lift_or_a_rep_not_measured_whole() -> None:
    talk = Talk("deep_squat")
    talk.zero()
    talk.rep(10.0, 34.0)
    assert talk.rep(20.0, 40.0, faults=("heel_lift",)) == ["rep_counted", "heel_lift", "rest"]
    assert talk.rep(30.0, 41.0, scored=False, reason="gap") == ["rep_counted", "rest"]
    assert "best" in talk.rep(40.0, 35.0)


def test_only_faults_that_the_protocol_judges_are_said() -> None:
    talk = Talk("dynamic_mob")
    talk.zero()
    assert talk.rep(10.0, faults=("jerky", "heel_lift")) == ["rep_counted", "heel_lift", "rest"]


def test_a_set_that_lasts_a_time_ends_at_its_time_and_a_pause_stops_the_time() -> None:
    talk = Talk("dynamic_mob")
    talk.zero(3.0)
    talk.tick(63.0)
    talk.input("pause")
    assert talk.tick(200.0) == []
    talk.input("resume")
    assert talk.tick(259.9) == []
    assert talk.tick(260.5) == ["set_done"]
    assert talk.last("set_done").time_s == pytest.approx(260.0)


def test_each_direction_has_its_turn_and_next_try_changes_it() -> None:
    talk = Talk("calf_3d")
    assert talk.zero() == ["descend", "direction"]
    talk.rep(10.0)
    assert talk.input("next-try") == ["direction"]
    assert talk.input("next-try") == ["direction"]
    assert talk.input("next-try") == ["set_done"]


def test_a_programme_s_dose_takes_the_place_of_the_protocol_s() -> None:
    talk = Talk("banded_lunge", reps=2, sets=2)
    talk.zero()
    said = [talk.rep(10.0 * i)[-1] for i in range(1, 5)]
    assert said == ["rest", "rest", "rest", "set_done"]
    assert [cue.text for cue in talk.cues if cue.cue == "rest"][1] == "Set 1 of 2 done. Rest."


# holds


def test_the_hold_is_counted_down_from_its_first_still_row() -> None:
    talk = Talk("ktw_half_kneel", hold_s=4.0)
    talk.zero()
    talk.tick(10.0)
    assert talk.hear(HoldStarted, 1, 9.5) == ["hold"]
    assert talk.tick(11.6) == ["hold_tick", "hold_tick"]
    assert [(cue.time_s, cue.value) for cue in talk.cues[-2:]] == [(10.5, 3.0), (11.5, 2.0)]
    assert talk.tick(14.0) == ["hold_tick", "hold_done"]
    assert talk.last("hold_done").time_s == 13.5


def test_a_hold_that_ends_early_is_never_called_done() -> None:
    talk = Talk("soleus_lunge")
    talk.zero()
    talk.tick(10.0)
    talk.hear(HoldStarted, 1, 9.5)
    talk.hear(HoldEnded, 1, 1.0)
    assert talk.tick(60.0) == []
    assert talk.guide.waits


@given(st.floats(0.3, 200.0))
def test_ticks_are_whole_seconds_inside_of_the_hold_and_the_last_three_are_said(duration_s: float) -> None:
    times = tick_times(duration_s)
    assert all(0.0 < one < duration_s and one == int(one) for one in times)
    assert list(times) == sorted(set(times))
    assert {float(s) for s in range(1, 400) if 0 < duration_s - s <= 3.0} <= set(times)


# tries


def test_three_tries_count_and_have_a_best_and_a_mean() -> None:
    talk = Talk("ktw_half_kneel")
    talk.zero()
    said = [talk.rep(10.0 * i, peak)[0] for i, peak in enumerate((36.0, 39.0, 37.5), 1)]
    assert said == ["rep_counted"] * 3
    assert talk.last("result_best").value == 39.0
    assert talk.last("result_mean").value == 37.5
    assert talk.cues[-1].cue == "set_done"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"faults": ("heel_lift",)}, "the heel may have lifted"),
        ({"faults": ("hold_short",)}, "the hold was too short"),
        ({"scored": False, "reason": "gap"}, "data were lost on the way"),
        ({"scored": False, "reason": "slipped"}, "the strap moved"),
        ({"scored": False}, "it was not measured whole"),
    ],
)
def test_a_try_that_does_not_count_is_repeated_in_the_same_slot_with_the_reason(
    changes: dict[str, object], words: str
) -> None:
    talk = Talk("ktw_half_kneel")
    talk.zero()
    talk.rep(10.0)
    assert talk.rep(20.0, 60.0, **changes) == ["try_again"]
    assert (talk.last("try_again").text, talk.last("try_again").value) == (f"Try again: {words}.", 2.0)
    talk.rep(30.0)
    talk.rep(40.0)
    assert talk.last("result_best").value == 38.0
    assert talk.cues[-1].cue == "set_done"


def test_a_slot_is_given_up_after_some_tries_and_there_is_no_mean() -> None:
    talk = Talk("ktw_half_kneel")
    talk.zero()
    said = [talk.rep(10.0 * i, faults=("heel_lift",))[0] for i in range(1, MOST_AGAIN + 2)]
    assert said == ["try_again"] * MOST_AGAIN + ["slot_empty"]
    talk.rep(100.0)
    talk.rep(110.0)
    assert talk.cues[-1].cue == "set_done"
    assert not [cue for cue in talk.cues if cue.cue == "result_mean"]


def test_without_pushing_a_short_hold_is_no_reason_to_try_again() -> None:
    talk = Talk("ktw_half_kneel", gated=True)
    talk.input("answer", {"safety": {"pain": 1, "pain_site": "other"}})
    talk.zero()
    assert talk.rep(10.0, faults=("hold_short",)) == ["rep_counted", "rest"]


def test_a_candidate_that_was_none_and_one_that_was_interrupted_are_said() -> None:
    talk = Talk("ktw_half_kneel")
    talk.zero()
    assert talk.hear(RepRejected, 5.0, 8.0, "too small") == ["not_counted"]
    talk.tick(8.0)
    talk.input("next-try")
    assert talk.rep(10.0) == ["not_counted"]
    assert talk.rep(20.0)[0] == "rep_counted"


# the search


def search(talk: Talk, *peaks: float) -> float:
    """Lunges ten seconds apart; returns when the last one was over."""
    talk.zero()
    at_s = 0.0
    for number, peak in enumerate(peaks, 1):
        at_s = 9.0 * number
        talk.rep(at_s, peak)
    return at_s


def test_moving_on_says_touched_and_standing_still_says_not_touched() -> None:
    talk = Talk("ktw_standing")
    at_s = search(talk, 34.0, 36.0, 37.0)
    assert talk.tick(at_s + STILL_S) == []
    assert talk.tick(at_s + STILL_S + 0.5) == ["furthest", "distance_check", "rep_counted", "rest"]
    assert talk.last("furthest").value == 7.0
    assert talk.last("furthest").time_s == at_s + STILL_S


def test_only_the_furthest_touch_is_scored_and_never_an_angle_at_a_nearer_mark() -> None:
    talk = Talk("ktw_standing")
    at_s = search(talk, 45.0, 36.0, 50.0)  # deep tries that are not the furthest touch
    talk.tick(at_s + STILL_S + 1.0)
    talk.rep(60.0, 36.4)
    talk.rep(70.0, 35.8)
    assert talk.last("result_best").value == 36.4
    assert talk.last("result_mean").value == pytest.approx((36.0 + 36.4 + 35.8) / 3)
    assert [cue.value for cue in talk.cues if cue.cue == "best"] == [36.4]


def test_an_answer_says_it_at_once() -> None:
    talk = Talk("ktw_standing")
    search(talk, 34.0)
    assert talk.input("answer", {"touched": True}) == ["foot_back"]
    assert talk.last("foot_back").value == 1.0
    assert talk.tick(60.0) == []
    talk.rep(70.0, 36.0)
    assert talk.input("answer", {"touched": False})[0] == "furthest"
    assert talk.last("furthest").value == 6.0
    assert talk.input("answer", {"touched": False}) == []


def test_where_the_first_try_fails_the_foot_goes_closer_until_one_touches() -> None:
    talk = Talk("ktw_standing")
    search(talk, 40.0)
    assert talk.input("answer", {"touched": False}) == ["foot_closer"]
    assert "ask_touch" in talk.rep(30.0, 39.0)
    assert "stay there" in talk.last("ask_touch").text
    # by moving on: the last one touched, and this one is the second of three at that mark
    assert talk.rep(38.0, 39.2) == ["furthest", "rep_counted", "rest", "rep_counted", "best", "rest"]
    assert talk.last("furthest").value == 5.0
    assert "Stay there" in talk.last("furthest").text


def test_a_knee_that_never_touches_gives_no_range() -> None:
    talk = Talk("ktw_standing", start_cm=1.0)
    search(talk, 40.0)
    assert talk.input("answer", {"touched": False}) == ["foot_closer"]
    talk.rep(30.0)  # the toe is at the wall now
    assert talk.input("answer", {"touched": False}) == ["no_touch", "set_done"]
    assert not [cue for cue in talk.cues if cue.cue.startswith("result")]


def test_a_try_short_of_the_furthest_touch_did_not_reach_the_wall() -> None:
    talk = Talk("ktw_standing")
    at_s = search(talk, 34.0, 36.0, 37.0)
    talk.tick(at_s + STILL_S + 1.0)
    assert talk.rep(60.0, 34.0) == ["try_again"]
    assert "did not reach the wall" in talk.last("try_again").text
    assert talk.rep(70.0, 35.9)[0] == "rep_counted"


def test_a_try_that_is_no_try_does_not_enter_the_search() -> None:
    talk = Talk("ktw_standing")
    search(talk, 34.0)
    talk.tick(12.0)
    assert talk.rep(20.0, 44.0, faults=("heel_lift",)) == ["foot_back", "try_again"]
    assert talk.tick(60.0) == []
    assert talk.rep(70.0, 36.0) == ["ask_touch"]


def test_fidgeting_while_standing_still_starts_the_stillness_anew() -> None:
    talk = Talk("ktw_standing")
    at_s = search(talk, 34.0)
    talk.tick(at_s + 8.0)
    talk.hear(RepStarted, 2)
    talk.tick(at_s + 9.5)
    talk.hear(RepRejected, at_s + 8.0, 6.0, "too small")
    assert talk.tick(at_s + 15.0) == []
    assert "foot_closer" in talk.tick(at_s + 9.5 + STILL_S + 0.1)


def test_without_a_shank_length_nothing_is_checked_in_cm_and_it_is_asked_once() -> None:
    talk = Talk("ktw_standing", shank_cm=None, start_cm=None)
    assert talk.zero() == ["descend", "ask_shank", "ask_distance"]
    assert talk.hear(MountingSet, ZERO) == ["descend"]
    at_s = search(talk, 34.0, 36.0, 37.0)
    assert talk.tick(at_s + STILL_S + 1.0) == ["furthest", "rep_counted", "rest"]
    assert talk.last("furthest").value == 1.0


def test_lengths_that_are_typed_are_used_from_then_on() -> None:
    talk = Talk("ktw_standing", shank_cm=None, start_cm=None)
    search(talk, 34.0, 36.0)  # the foot is 1 cm behind the start
    assert talk.input("answer", {"shank_length_cm": 43}) == ["noted"]
    assert talk.input("distance", 9.0) == ["noted"]
    assert talk.input("distance", "far") == ["not_noted"]
    assert talk.input("distance", 300) == ["not_noted"]
    talk.rep(27.0, 37.5)
    talk.tick(28.0 + STILL_S)
    assert talk.last("furthest").value == 9.0
    assert talk.last("distance_check").value == pytest.approx(43.0 * 0.02859, abs=0.01)


def test_with_pain_nobody_is_sent_further_back() -> None:
    talk = Talk("ktw_standing", gated=True)
    talk.input("answer", {"safety": {"pain": 1, "pain_site": "other"}})
    talk.zero()
    assert "Only as far as it is free" in talk.last("descend").text
    assert talk.rep(10.0) == ["rep_counted", "rest"]
    assert talk.tick(60.0) == []
    talk.rep(70.0)
    assert talk.rep(80.0) == ["rep_counted", "set_done"]
    assert not [cue for cue in talk.cues if cue.cue.startswith(("result", "foot", "best"))]


# by the clock


def test_a_timer_runs_by_itself_and_says_that_nothing_is_seen() -> None:
    talk = Talk("gastroc_step")
    assert "the sensor cannot see it" in talk.last("ready").text
    talk.tick(1000.0)
    said = [cue.cue for cue in talk.cues]
    assert said.count("go") == said.count("hold_done") == 3
    assert said[-1] == "set_done"
    # 5 s to get ready, three holds of 30 s, two rests of 10 s
    assert talk.cues[-1].time_s == pytest.approx(5.0 + 90.0 + 20.0)


def test_what_is_paced_is_called_by_the_clock_in_both_directions() -> None:
    talk = Talk("ankle_circles")
    talk.tick(1000.0)
    assert [cue.value for cue in talk.cues if cue.cue == "paced"] == [float(n) for n in range(1, 21)] * 2
    assert not [cue for cue in talk.cues if cue.cue == "rep_counted"]
    assert talk.cues[-1].time_s == pytest.approx(5.0 + 40.0 + 5.0 + 40.0)


def test_a_pause_lets_the_interval_begin_anew_and_next_try_shortens_it() -> None:
    talk = Talk("release_calf")
    talk.tick(30.0)
    talk.input("pause")
    assert talk.tick(300.0) == []
    talk.input("resume")
    assert talk.tick(301.0 + LEAD_S)[0] == "go"
    talk.tick(320.0)
    assert talk.input("next-try") == ["shortened", "hold_done", "set_done"]


# legs


@pytest.mark.parametrize(("seed", "first"), [(0, 0), (1, 1)])
def test_with_two_sensors_the_seed_decides_which_leg_begins(seed: int, first: int) -> None:
    talk = Talk("ktw_half_kneel", sides=("left", "right"), seed=seed)
    other = 1 - first
    talk.zero(sensor=other)
    assert talk.zero(sensor=first) == ["descend"]
    assert talk.rep(5.0, sensor=other) == []
    for i in range(1, 4):
        talk.rep(10.0 * i, sensor=first)
    assert [cue.cue for cue in talk.cues][-4:] == ["set_done", "change_leg", "mount", "descend"]
    for i in range(4, 7):
        talk.rep(10.0 * i, sensor=other)
    assert [cue.sensor for cue in talk.cues if cue.cue == "set_done"] == [first, other]


def test_every_cue_that_is_given_is_in_the_list_of_cues() -> None:
    for name in ("guide", "sets", "try_set", "timer_set"):
        module = importlib.import_module(f"sensor_pipeline.protocols.{name}")
        source = inspect.getsource(module)
        assert set(re.findall(r'\.(?:tell|say)\(\s*"([a-z_]+)"', source)) <= set(CUES), name


# the same whatever the chunks


def test_what_is_no_session_is_refused() -> None:
    with pytest.raises(UserError, match="'pain' is a questionnaire"):
        Guide(Guidance(protocol_text("pain")), Targets(), ("left",))
    with pytest.raises(ProtocolError, match="the session's protocol: not readable as TOML"):
        Guide(Guidance("x ="), Targets(), ("left",))
    with pytest.raises(UserError, match="shank_cm 400"):
        Guidance("", shank_cm=400.0)


@given(st.lists(st.integers(1, 9), max_size=60))
def test_the_chunks_in_which_time_comes_change_nothing(cuts: list[int]) -> None:
    records: list[Record] = [Input(0, 0, None, "start")]
    records += [Tick(i, i * 400_000_000, None) for i in range(1, 300)]
    records[40] = Input(40, 16_000_000_000, None, "pause")
    records[60] = Input(60, 24_000_000_000, None, "resume")
    records[100] = Input(100, 40_000_000_000, None, "next-try")
    records.append(Flush(300, 300 * 400_000_000, None))

    def run(sizes: list[int]) -> list[Event]:
        guide = Guide(Guidance(protocol_text("gastroc_step"), gated=False), Targets(), ("left",))
        out: list[Event] = []
        begin = 0
        for size in [*sizes, len(records)]:
            out += guide.follow(records[begin : begin + size], [], 0)
            begin += size
        return out

    assert run(cuts) == run([])
