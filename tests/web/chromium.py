"""A headless Chromium, driven over its DevTools protocol: no more than the tests need."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--mute-audio",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
)
PATIENCE_S = 30.0


def executable() -> str:
    """Path of Chromium; the test is skipped where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")


class Tab:
    """One page of a browser."""

    def __init__(self, address: str, ids: itertools.count[int]) -> None:
        self._stack = ExitStack()
        self._socket = self._stack.enter_context(connect(address, max_size=None, close_timeout=1.0))
        self._ids = ids
        self.problems: list[str] = []
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One call of the protocol."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s:
            answer = json.loads(self._socket.recv(timeout=PATIENCE_S))
            self._note(answer)
            if answer.get("id") == number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return dict(answer["result"])
        raise AssertionError(f"{method}: no answer")

    def _note(self, message: dict[str, Any]) -> None:
        match message.get("method"):
            case "Runtime.exceptionThrown":
                self.problems.append(str(message["params"]["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if message["params"]["type"] in ("error", "warning", "assert"):
                self.problems.append(str(message["params"]["args"]))
            case "Log.entryAdded" if message["params"]["entry"]["source"] not in ("network",):
                entry = message["params"]["entry"]
                if entry["level"] == "error":
                    self.problems.append(f"{entry['source']}: {entry['text']}")

    def run(self, expression: str) -> Any:
        """The value of an expression in the page; promises are waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def until(self, expression: str, patience_s: float = PATIENCE_S) -> Any:
        """Wait until an expression is true; its value."""
        until_s = time.monotonic() + patience_s
        while time.monotonic() < until_s:
            value = self.run(expression)
            if value:
                return value
            self.run("new Promise(r => setTimeout(r, 16))")  # a frame; a page in the background has none
        state = self.run(
            "document.body.dataset.screen + ' | ' + document.querySelector('main').innerText.slice(0, 400)"
        )
        raise AssertionError(f"never true: {expression}; the page shows {state}; problems {self.problems}")

    def open(self, url: str) -> None:
        """Go to an address."""
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete'")

    def size(self, width: int, height: int, *, phone: bool = False, scale: float = 1.0) -> None:
        """Size of the page in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=phone
        )

    def media(self, **features: str) -> None:
        """Media features: ``prefers_color_scheme="dark"``."""
        pairs = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", features=pairs)

    def key(self, key: str) -> None:
        """Press and release a key."""
        self.call("Page.bringToFront")
        codes = {"Tab": 9, "Enter": 13, " ": 32, "Escape": 27, "ArrowRight": 39, "ArrowLeft": 37, "Backspace": 8}
        code = codes.get(key, ord(key.upper()[0]))
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        down: dict[str, Any] = {"type": "keyDown", "key": key, "windowsVirtualKeyCode": code}
        if text:
            down |= {"text": text}
        self.call("Input.dispatchKeyEvent", **down)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def click(self, selector: str) -> None:
        """A real click in the middle of an element."""
        box = self.run(
            f"(()=>{{const n=document.querySelector({selector!r});n.scrollIntoView({{block:'center'}});"
            "const b=n.getBoundingClientRect();return [b.x+b.width/2,b.y+b.height/2]})()"
        )
        self.call("Page.bringToFront")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def picture(self, path: Path) -> None:
        """Write a screenshot."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        """Close the tab."""
        self._stack.close()


class Browser:
    """A browser with an empty profile; use it in a ``with`` block."""

    def __init__(self, *flags: str) -> None:
        self._program = executable()
        self._flags = flags
        self._ids = itertools.count(1)
        self._tabs: list[Tab] = []

    def __enter__(self) -> Browser:
        self._profile = tempfile.TemporaryDirectory(prefix="dorsi-chromium-", ignore_cleanup_errors=True)
        self.process = subprocess.Popen(
            [self._program, *FLAGS, *self._flags, f"--user-data-dir={self._profile.name}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        file = Path(self._profile.name) / "DevToolsActivePort"
        wait(lambda: file.exists() and file.read_text().count("\n") >= 1)
        self._port = int(file.read_text().split()[0])
        return self

    def __exit__(self, *error: object) -> None:
        for tab in self._tabs:
            tab.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self._profile.cleanup()

    def tab(self) -> Tab:
        """Open another tab."""
        import urllib.request

        request = urllib.request.Request(f"http://127.0.0.1:{self._port}/json/new?about:blank", method="PUT")
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            target = json.load(answer)
        tab = Tab(target["webSocketDebuggerUrl"], self._ids)
        self._tabs.append(tab)
        return tab


def wait(true: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Wait until something is true."""
    until_s = time.monotonic() + patience_s
    while time.monotonic() < until_s:
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("never true")
