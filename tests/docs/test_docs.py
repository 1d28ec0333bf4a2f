"""The documentation says what is there, all of it, and nothing else."""

import re
import subprocess
from pathlib import Path

import pytest

from sensor_pipeline.cli import reference
from sensor_pipeline.cli.main import COMMANDS
from sensor_pipeline.types import Flag

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("firmware_specs/*.md"), *ROOT.glob("recordings/*.md")]


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_the_command_reference_is_up_to_date() -> None:
    assert text("docs/commands.md") == reference.markdown()


def test_every_command_a_page_names_exists_and_every_command_is_in_the_readme() -> None:
    for page in PAGES:
        for command in re.findall(r"\bdorsi ([a-z][a-z-]*)\b", page.read_text("utf-8")):
            assert command in COMMANDS, f"{page.name}: dorsi {command}"
    for command in COMMANDS:
        assert f"dorsi {command}" in text("README.md"), command


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if not target.startswith(("http:", "https:")):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_architecture_names_every_flag_and_every_room() -> None:
    page = text("docs/architecture.md")
    for flag in Flag:
        assert f"{flag.name.lower()} {flag.value}" in page  # type: ignore[union-attr] # every member has a name
    rooms = {p.name.removesuffix(".py") for p in (ROOT / "sensor_pipeline").iterdir() if not p.name.startswith("_")}
    for room in rooms - {"py.typed", "firmware_specs", "version"}:
        assert f"`{room}`" in page, room


def test_the_columns_of_a_repetition_are_the_documented_ones() -> None:
    from sensor_pipeline.recording.columns import REPS

    page = " ".join(text("docs/architecture.md").split())
    section = page[page.index("Columns of `reps.parquet`") :]
    for column in REPS.columns:
        assert column.name in section, column.name


def test_the_readme_commands_are_what_ci_runs() -> None:
    script = text(".ci/run")
    assert "README.md" in script
    (line,) = re.findall(r"^python3 .*pytest$", text("README.md"), re.MULTILINE)
    assert ".[test]" in line


def test_every_name_stays_in_its_room() -> None:
    banned = re.compile(r"(^|/)(utils?|helpers?|common|misc|manager|base2)(\.py|/)")
    for path in (ROOT / "sensor_pipeline").rglob("*.py"):
        place = str(path.relative_to(ROOT))
        assert not banned.search(place), place
        lines = len(path.read_text("utf-8").splitlines())
        assert lines <= 400, f"{place}: {lines} lines"


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout: nothing to list")
def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in tracked if re.search(r"(uv|poetry)\.lock$|package-lock\.json$", name)]
    pattern = re.compile(r"(index-url|index_url|registry)[\" =:]+https?://")
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".json", ".ipynb", ""} and path.is_file() and name != ".gitignore":
            assert not pattern.search(path.read_text("utf-8", "replace")), name
