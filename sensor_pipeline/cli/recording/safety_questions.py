"""The safety questions on the terminal, and their answers from an option.

In: a person at a terminal, or text. Out: :class:`SafetyAnswers`. Must not live here: the questions, what answers mean.
"""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

from sensor_pipeline.errors import UserError
from sensor_pipeline.protocols.gate import reconfirmed
from sensor_pipeline.protocols.safety import (
    EXCLUSIONS,
    MOST_PAIN,
    PAIN_SITE_TEXTS,
    PAIN_SITES,
    PURPOSE,
    PainSite,
    SafetyAnswers,
    read_answers,
)

NONE: Final = "none"


def parse(text: str) -> SafetyAnswers:
    """Read ``--answers``: ``none`` (no exclusion applies, no pain) or a JSON object.

    Raises:
        UserError: neither, or a value that makes no sense.
    """
    if text.strip().lower() == NONE:
        return SafetyAnswers()
    try:
        document = json.loads(text)
    except ValueError:
        raise UserError(
            f"--answers {text[:60]!a}: give {NONE} (nothing applies, no pain), or JSON such as "
            '{"excluded": ["swelling"], "cleared": true, "pain": 2, "pain_site": "achilles"}'
        ) from None
    return read_answers(document)


def ask() -> SafetyAnswers:
    """Ask a person at the terminal; Ctrl-C leaves the program.

    Raises:
        click.Abort: the person left, or there is nobody.
    """
    with ctrl_c_leaves():
        click.echo(PURPOSE, err=True)
        click.echo("Before you load an ankle: does any of these apply to you, on either leg?", err=True)
        for exclusion in EXCLUSIONS:
            click.echo(f"  - {exclusion.text}", err=True)
        excluded: tuple[str, ...] = ()
        cleared = False
        if _yes("any of them"):
            excluded = tuple(e.id for e in EXCLUSIONS if _yes(f"  {e.text}"))
        if excluded:
            cleared = _yes("did your clinician say that loading the ankle is fine now")
        pain, site = _pain()
    return SafetyAnswers(excluded, cleared, pain, site)


def confirm(known: SafetyAnswers) -> SafetyAnswers:
    """Show what was answered before; one key confirms it, pain is asked each time. Ctrl-C leaves the program.

    Args:
        known: the answers kept for the person.

    Returns:
        Those with today's pain; where they are no longer true, all of it is asked anew.
    """
    with ctrl_c_leaves():
        texts = [exclusion.text for exclusion in EXCLUSIONS if exclusion.id in known.excluded]
        said = ", ".join(texts) or "nothing of the list applies"
        click.echo(PURPOSE, err=True)
        click.echo(f"Last time you said: {said}{', cleared by your clinician' if known.cleared else ''}.", err=True)
        click.echo(f"The list: {'; '.join(exclusion.text for exclusion in EXCLUSIONS)}.", err=True)
        click.echo("Is that still so? [y/n] ", err=True, nl=False)
        same = ""
        while same not in ("y", "n"):
            same = click.getchar().lower()
            if same in ("\x03", "\x04", ""):
                raise click.Abort
        click.echo(same, err=True)
        if same == "y":
            pain, site = _pain()
            return reconfirmed(known, pain, site)
    return ask()


def _pain() -> tuple[int, PainSite | None]:
    """Pain right now and where, None without pain."""
    pain: int = click.prompt(
        f"pain in an ankle or foot right now, 0 to {MOST_PAIN}", type=click.IntRange(0, MOST_PAIN), err=True
    )
    if not pain:
        return 0, None
    for number, name in enumerate(PAIN_SITES, 1):
        click.echo(f"  {number} {PAIN_SITE_TEXTS[name]}", err=True)
    chosen: int = click.prompt("where", type=click.IntRange(1, len(PAIN_SITES)), err=True)
    return pain, PAIN_SITES[chosen - 1]


def ask_person() -> str:
    """Ask for the next person's pseudonym; Ctrl-C leaves the program."""
    with ctrl_c_leaves():
        return str(click.prompt("pseudonym of the next person", err=True)).strip()


def _yes(question: str) -> bool:
    """No default: an Enter too many must not answer a safety question."""
    return click.confirm(question, default=None, err=True)


@contextmanager
def ctrl_c_leaves() -> Iterator[None]:
    """Have Ctrl-C end a question even inside of an event loop, which otherwise notes it for later."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
