"""The page in a real browser: driven as a person would, looked at with axe-core; pictures of every state."""

from __future__ import annotations

import json
import os
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from sensor_pipeline.cli.recording.virtual import VirtualPerson
from sensor_pipeline.cli.web_demo import demo_on_page
from sensor_pipeline.cli.web_options import WebOptions
from sensor_pipeline.cli.web_replay import Replay
from sensor_pipeline.library.session import load_session
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.types import Targets
from sensor_pipeline.web.messages import Message
from sensor_pipeline.web.server import PageServer

from .chromium import Browser, Tab, wait

HERE = Path(__file__).parent
RECORDINGS = HERE.parents[1] / "recordings"
AXE = HERE / "vendor" / "axe.min.js"
PAGE = WebOptions(web=True, port=0, browser=False)
LAN = "127.0.0.2"
REPS = 3
SPEED = 3.0
TARGETS = Targets(angle_deg=36.0, hold_s=2.0, reps=REPS)
SCREEN = "document.body.dataset.screen"
SOUNDS = "import('/static/sounds.js').then(m => m.log)"
DESK, PORTRAIT, LANDSCAPE = (1280, 800), (390, 844), (844, 390)


@pytest.fixture(scope="module")
def browser():
    with Browser() as one:
        yield one


@pytest.fixture
def tab(browser):
    one = browser.tab()
    one.size(*DESK)
    yield one
    failed = one.run("document.body?.dataset.failed ?? ''")
    one.run("location.protocol === 'http:' && localStorage.clear()")
    one.close()
    assert (one.problems, failed) == ([], "")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Where the screenshots go: ``$DORSI_PICTURES``, or else a folder of the test run."""
    folder = os.environ.get("DORSI_PICTURES")
    return Path(folder) if folder else tmp_path_factory.mktemp("pictures")


@contextmanager
def demo(library, *, sides=("left",), targets=TARGETS, speed=SPEED, farewell_s=1.0):
    """A demo that runs beside the test; gives its server, and in the end the session's folder."""
    person = VirtualPerson((load_spec("shin-imu-v1"),) * len(sides), sides, targets, targets.reps or REPS)
    servers, paths, opened = [], [], threading.Event()

    def ready(server):
        servers.append(server)
        opened.set()

    def work():
        paths.append(
            demo_on_page(
                person, targets, library, PAGE, speed=speed, countdown_s=0.5, opened=ready, farewell_s=farewell_s
            )
        )

    thread = threading.Thread(target=work)
    thread.start()
    assert opened.wait(20)
    try:
        yield servers[0], paths
    finally:
        if thread.is_alive() and not paths:
            from sensor_pipeline.web.commands import Request

            for do, value in (("answers", {}), ("start", None), ("stop", None)):
                servers[0].hub._on_request(Request(do, value))
        thread.join(60)
    assert not thread.is_alive()


def screen(tab: Tab, name: str, patience_s: float = 30.0) -> None:
    tab.until(f"{SCREEN} === '{name}'", patience_s)


def answer(tab: Tab) -> None:
    screen(tab, "gate")
    tab.click("#gate-list [value=none]")
    tab.click("#gate-pain [value='0']")
    tab.click("#screen-gate [type=submit]")
    screen(tab, "strap")


def start(tab: Tab) -> None:
    answer(tab)
    tab.click("#start")
    screen(tab, "live")


def accessible(tab: Tab, where: str) -> None:
    """No violation of WCAG 2.2 A and AA that axe-core can find."""
    if not tab.run("'axe' in window"):
        tab.run(f"{AXE.read_text(encoding='utf-8')};0")
    tags = json.dumps(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    found = tab.run(
        f"axe.run(document, {{runOnly: {{type: 'tag', values: {tags}}}}}).then(r => r.violations.map("
        "v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 120) + ' ' + n.any.map(a => a.message)).join(' | ')))"
    )
    assert found == [], where


def fits(tab: Tab, where: str) -> None:
    """Nothing has to be scrolled to sideways."""
    assert tab.run("document.documentElement.scrollWidth <= innerWidth + 1"), where


def names(tab: Tab) -> list[str]:
    return [one["name"] for one in tab.run(SOUNDS) if not one["cancelled"]]


def test_a_whole_demo_from_the_questions_to_the_stored_session(tab, pictures, tmp_path):
    with demo(tmp_path) as (server, paths):
        tab.open(server.url)
        screen(tab, "gate")
        tab.picture(pictures / "1-questions.png")
        accessible(tab, "questions")
        tab.click("#screen-gate [type=submit]")
        assert tab.run("document.querySelector('#gate-missing').textContent") != ""
        answer(tab)
        tab.picture(pictures / "2-strap.png")
        accessible(tab, "strap")
        tab.click("#start")
        screen(tab, "countdown")
        tab.picture(pictures / "3-countdown.png")
        screen(tab, "live")
        tab.until("document.querySelector('.still-say').textContent")
        tab.picture(pictures / "4-mounting.png")
        tab.until("document.querySelector('.ring .left').textContent === '1'")
        tab.picture(pictures / "5-hold.png")
        tab.until("document.querySelector('.count .n').textContent === '1'")
        tab.picture(pictures / "6-counted.png")
        accessible(tab, "live")
        spoken = tab.run("document.querySelector('#spoken').textContent")
        assert spoken.startswith("Rep 1:")
        screen(tab, "ended", 60)
        tab.picture(pictures / "7-ended.png")
        accessible(tab, "ended")
        heard = names(tab)
        assert tab.run("document.querySelectorAll('#ended-table tbody tr').length") == REPS
    assert heard.count("counted") == REPS
    assert heard.count("target") == REPS
    assert heard.count("hold_done") == REPS
    assert heard.count("set_done") == 1
    assert heard.count("approach") >= REPS
    assert "hold_last" in heard
    assert len(load_session(paths[0]).rep_values()) == REPS


def test_sounds_come_in_the_order_of_the_repetition_on_the_audio_clock(tab, tmp_path):
    with demo(tmp_path) as (server, _):
        tab.open(server.url)
        start(tab)
        tab.until("document.querySelector('.count .n').textContent === '1'")
        log = [one for one in tab.run(SOUNDS) if one["name"] != "beat"]
        latency = tab.run("document.querySelector('#latency').textContent")
    order = [one["name"] for one in log[: [one["name"] for one in log].index("counted") + 1]]
    assert order[0] == "approach"
    assert order.index("approach") < order.index("target") < order.index("hold_last") < order.index("hold_done")
    at = {one["name"]: one["at"] for one in log}
    assert at["target"] < at["hold_last"] < at["hold_done"] < at["counted"]
    assert at["hold_done"] - at["hold_last"] == pytest.approx(1.0 / SPEED, abs=1e-6)
    assert latency.endswith(" ms") or latency == "–"


def test_keyboard_only(tab, tmp_path):
    with demo(tmp_path) as (server, paths):
        tab.open(server.url)
        screen(tab, "gate")

        def go(selector):
            for _ in range(40):
                if tab.run(f"document.activeElement?.matches({selector!r}) ?? false"):
                    return
                tab.key("Tab")
            raise AssertionError(f"no way to {selector} by keyboard")

        go("#gate-list [value=none]")
        tab.key(" ")
        go("#gate-pain input")
        tab.key(" ")
        go("#screen-gate [type=submit]")
        tab.key("Enter")
        screen(tab, "strap")
        go("#start")
        tab.key("Enter")
        screen(tab, "live")
        tab.until("document.querySelector('.count .n').textContent === '1'")
        tab.key("p")
        tab.until("document.querySelector('[data-do=pause]').textContent.startsWith('Go on')")
        tab.key("p")
        tab.until("document.querySelector('[data-do=pause]').textContent.startsWith('Pause')")
        tab.key("Backspace")
        tab.until("document.querySelector('.verdict').textContent.includes('taken back')")
        tab.key("m")
        tab.key("q")
        screen(tab, "ended")
    inputs = [r.action for r in load_session(paths[0]).records() if type(r).__name__ == "Input"]
    assert [one for one in inputs if one in ("pause", "resume", "mark", "stop")] == ["pause", "resume", "mark", "stop"]


def test_it_hurts_ends_the_set_and_every_sound(tab, pictures, tmp_path):
    with demo(tmp_path) as (server, paths):
        tab.open(server.url)
        start(tab)
        tab.until("document.querySelector('.ring .left').textContent === '1'")
        tab.click("#hurts")
        screen(tab, "ended")
        tab.picture(pictures / "8-it-hurts.png")
        assert "clinician" in tab.run("document.querySelector('#ended-text').textContent")
        last = tab.run(SOUNDS)
        assert last[-1]["name"] == "hold_done"
        assert last[-1]["cancelled"]
    assert "hurts-stop" in [r.action for r in load_session(paths[0]).records() if type(r).__name__ == "Input"]


def test_an_answer_that_forbids_loading_ends_here(tab, pictures, tmp_path):
    with demo(tmp_path) as (server, _):
        tab.open(server.url)
        screen(tab, "gate")
        tab.click("#gate-list [value=swelling]")
        tab.click("#gate-pain [value='3']")
        tab.click("#gate-sites [value=front]")
        tab.picture(pictures / "9-questions-pain.png")
        tab.click("#screen-gate [type=submit]")
        screen(tab, "refused")
        tab.picture(pictures / "9-refused.png")
        accessible(tab, "refused")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("sides", [("left",), ("left", "right")], ids=["one-leg", "both-legs"])
def test_every_size_both_colours_and_the_other_language(tab, pictures, theme, sides):
    name = "sim-clean" if len(sides) == 1 else "sim-both-legs"
    stored = load_session(RECORDINGS / name)
    tab.media(prefers_color_scheme=theme, prefers_reduced_motion="reduce")
    with Replay(stored.records(), stored.setup(), PAGE, person="demo", simulated=True) as one:
        tab.open(one.server.url)
        screen(tab, "live")
        tab.until("document.querySelector('#seek').max > 5")
        rep = stored.rep_values(original=True)[-1]
        tab.run(
            "(()=>{const s=document.querySelector('#seek');"
            f"s.value={rep.peak_s};s.dispatchEvent(new Event('input'))}})()"
        )
        tab.click("#play")
        tab.until("Number(document.querySelector('.count .n').textContent) >= 1")
        for size, where in (
            (DESK, "desk"),
            (PORTRAIT, "portrait"),
            (LANDSCAPE, "landscape"),
            ((640, 400), "200-percent"),
        ):
            tab.size(*size, phone=size[0] < 640)
            tab.run("new Promise(r => setTimeout(r, 120))")
            tab.picture(pictures / f"{name}-{theme}-{where}.png")
            fits(tab, where)
            accessible(tab, where)
        tab.size(*DESK)
        tab.run(
            "(()=>{const s=document.querySelector('#language');s.value='de';s.dispatchEvent(new Event('change'))})()"
        )
        assert tab.run("document.documentElement.lang") == "de"
        tab.picture(pictures / f"{name}-{theme}-german.png")
        tab.click("#sound-open")
        tab.picture(pictures / f"{name}-{theme}-sound.png")
        accessible(tab, "sound")


def test_a_replay_is_halted_stepped_and_played_sixteen_times_as_fast(tab):
    stored = load_session(RECORDINGS / "sim-clean")
    with Replay(stored.records(), stored.setup(), PAGE) as one:
        tab.open(one.server.url)
        screen(tab, "live")
        tab.until("document.querySelector('#seek').max > 5")
        tab.click("#play")
        tab.until("document.querySelector('#play').textContent === 'Play'")
        for _ in range(3):
            tab.click("#step-on")
        tab.until("document.querySelector('.count .n').textContent === '2'")
        tab.key("ArrowLeft")
        tab.until("document.querySelector('.count .n').textContent === '1'")
        tab.run("(()=>{const s=document.querySelector('#speed');s.value='16';s.dispatchEvent(new Event('change'))})()")
        tab.click("#play")
        tab.until(f"document.querySelector('.count .n').textContent === '{len(stored.rep_values())}'")


def test_a_phone_is_paired_looks_stops_and_controls_when_it_may(browser, tab, pictures):
    asked = []
    info = {"mode": "live", "sensors": [{"side": "left"}], "targets": {"angle_deg": 36, "hold_s": 2, "reps": 5}}

    def request(one):
        asked.append(one.do)
        return ""

    with PageServer(info, request, port=0, lan=True, address=LAN) as server:
        server.feed.post(Message({"k": "phase", "phase": "live"}, "phase"))
        tab.open(server.url)
        screen(tab, "live")
        tab.click("#phone-open")
        tab.until("document.querySelector('#qr path') !== null")
        tab.picture(pictures / "phone-code.png")
        accessible(tab, "code")
        tab.click("#phone [data-close]")
        phone = browser.tab()
        phone.size(*PORTRAIT, phone=True)
        phone.open(f"http://{LAN}:{server.port}/")
        screen(phone, "pair")
        phone.picture(pictures / "phone-pair.png")
        accessible(phone, "pair")
        phone.open("about:blank")
        phone.open(server.phone_url())
        screen(phone, "live")
        assert phone.run("location.hash") == ""
        assert phone.run("document.cookie") == ""
        assert phone.run("document.querySelector('[data-do=stop]').disabled")
        phone.click("#hurts")
        wait(lambda: asked == ["hurts-stop"])
        tab.key("g")
        phone.until("!document.querySelector('[data-do=stop]').disabled")
        phone.click("[data-do=mark]")
        wait(lambda: asked == ["hurts-stop", "mark"])
        phone.click("#sound-open")
        phone.click("#sound-here")
        tab.until("document.querySelector('#sound-owner').textContent.includes('phone')")
        phone.close()
        phone.problems.clear()
        tab.run("0")
    assert phone.problems == []


def test_the_page_comes_back_when_the_server_does(tab, pictures):
    info = {"mode": "live", "sensors": [{"side": "left"}], "targets": {"angle_deg": 36, "hold_s": 2, "reps": 5}}
    with PageServer(info, lambda request: "", port=0) as server:
        port = server.port
        server.feed.post(Message({"k": "phase", "phase": "live"}, "phase"))
        tab.open(server.url)
        screen(tab, "live")
    tab.until("!document.querySelector('#banner').hidden")
    tab.picture(pictures / "server-gone.png")
    accessible(tab, "server gone")
    with PageServer(info, lambda request: "", port=port) as server:
        assert server.port == port
        server.feed.post(Message({"k": "phase", "phase": "live"}, "phase"))
        server.feed.post(Message({"k": "cue", "s": 0, "t": 1, "cue": "stand", "text": "Here again."}, "cue"))
        tab.until("document.querySelector('#banner').hidden")
        tab.until("document.querySelector('#headline').textContent === 'Here again.'")


def test_two_counts_of_one_packet_are_two_sounds(tab):
    info = {"mode": "live", "sensors": [{"side": "left"}], "targets": {"angle_deg": 36, "hold_s": 0, "reps": 5}}
    with PageServer(info, lambda request: "", port=0) as server:
        server.feed.post(Message({"k": "phase", "phase": "live"}, "phase"))
        tab.open(server.url)
        screen(tab, "live")
        tab.click("#headline")
        tab.until(
            "import('/static/sounds.js').then(() => document.querySelector('#sound-open').textContent === 'Sound')"
        )
        tab.run("new Promise(r => setTimeout(r, 300))")
        for n in (1, 2):
            body = {"k": "cue", "s": 0, "t": 5.0, "cue": "rep_counted", "text": str(n), "value": n}
            server.feed.post(Message(body))
        log = tab.until(f"{SOUNDS}.then(l => l.length === 2 && l)")
    assert [one["name"] for one in log] == ["counted", "counted"]
    assert log[1]["at"] - log[0]["at"] >= 0.15


def test_hostile_names_and_a_sensor_that_drops_in_mid_hold(tab, pictures):
    hostile = "<img src=x onerror=document.body.dataset.failed=1>"
    info = {"mode": "live", "sensors": [{"side": "left"}], "person": hostile}
    info["targets"] = {"angle_deg": 36, "hold_s": 10, "reps": 5}
    with PageServer(info, lambda request: "", port=0) as server:
        server.feed.post(Message({"k": "phase", "phase": "live"}, "phase"))
        tab.open(server.url)
        screen(tab, "live")
        tab.click("#headline")
        tab.run("new Promise(r => setTimeout(r, 300))")
        frame = {"k": "frame", "s": 0, "t": [10.0], "a": [38.0], "tilt": False, "turn": 1.0}
        for body in (
            {"k": "cue", "s": None, "t": 0, "cue": "stand", "text": hostile},
            {"k": "mounted", "s": 0, "t": 4.0, "method": "pose", "tilt_only": True},
            {"k": "rep_started", "s": 0, "t": 9.0, "rep": 1},
            {"k": "hold_started", "s": 0, "t": 10.0, "since": 9.5},
            frame,
            {"k": "cue", "s": 0, "t": 10.0, "cue": "hold", "text": "Hold.", "value": 10.0},
        ):
            server.feed.post(Message(body))
        tab.until(f"{SOUNDS}.then(l => l.some(one => one.name === 'hold_done'))")
        server.feed.post(
            Message(
                {"k": "status", "s": 0, "state": hostile, "rate_hz": None, "lost": 3, "battery": 9, "advice": hostile}
            )
        )
        server.feed.post(Message({"k": "link", "s": 0, "t": 10.2, "state": "lost", "detail": ""}))
        tab.until(f"{SOUNDS}.then(l => l.find(one => one.name === 'hold_done').cancelled)")
        tab.picture(pictures / "sensor-lost.png")
        assert tab.run("document.querySelectorAll('img').length") == 0


def test_without_audio_the_page_goes_on(tab):
    tab.call(
        "Page.addScriptToEvaluateOnNewDocument",
        source="delete window.AudioContext;delete window.webkitAudioContext;delete window.speechSynthesis",
    )
    stored = load_session(RECORDINGS / "sim-clean")
    with Replay(stored.records(), stored.setup(), PAGE, speed=16.0) as one:
        tab.open(one.server.url)
        screen(tab, "live")
        tab.click("#headline")
        tab.until(f"document.querySelector('.count .n').textContent === '{len(stored.rep_values())}'")
