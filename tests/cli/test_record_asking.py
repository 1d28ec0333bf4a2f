"""``dorsi record --json`` without --answers: the safety questions are asked and answered by lines, before any radio."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CODE = "from sensor_pipeline.cli.record import record; record()"


def asked(library: Path, *typed: dict[str, Any]) -> tuple[list[dict[str, Any]], str, int]:
    done = subprocess.run(
        [sys.executable, "-c", CODE, "--json", "--side", "left", "--library", str(library)],
        input="".join(json.dumps(one) + "\n" for one in typed),
        capture_output=True,
        text=True,
        timeout=60.0,
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr, done.returncode


def answer(value: dict[str, Any]) -> dict[str, Any]:
    return {"command": "answer", "value": {"safety": value}}


def test_an_exclusion_answered_by_a_line_refuses_the_recording(tmp_path: Path) -> None:
    lines, err, code = asked(tmp_path / "library", answer({"excluded": ["swelling"], "pain": 0}))
    assert [(one["event"], one["question"], one["kind"]) for one in lines] == [("ask", "safety", "safety")]
    assert ["swelling", "swelling"] in lines[0]["choices"]
    assert "swelling: ask your clinician first" in err
    assert code != 0
    assert not (tmp_path / "library").exists()


def test_the_end_of_the_input_is_no_answer(tmp_path: Path) -> None:
    lines, err, code = asked(tmp_path / "library", answer({"excluded": []}))
    assert [one["event"] for one in lines] == ["ask", "refused", "ask"]  # pain was left out: asked again
    assert "nobody to ask" in err
    assert code != 0
