"""Every notebook runs from top to bottom through the public API, and is committed with small outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LARGEST_BYTES = 150_000


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore")  # jupyter's own warnings about its transport
def test_a_notebook_runs(path: Path) -> None:
    committed = nbformat.read(path, as_version=4)
    assert path.stat().st_size <= LARGEST_BYTES
    code = [cell for cell in committed.cells if cell.cell_type == "code"]
    assert all(cell.outputs for cell in code), "committed without its outputs"
    assert not any("class " in cell.source or "\ndef " in f"\n{cell.source}" for cell in code), "logic in a notebook"
    fresh = nbformat.read(path, as_version=4)
    NotebookClient(
        fresh, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    for old, new in zip(committed.cells, fresh.cells, strict=True):
        if old.cell_type == "code":
            # one printout may come in several pieces: only which kinds of output there are is fixed
            assert {o.output_type for o in old.outputs} == {o.output_type for o in new.outputs}, old.source
