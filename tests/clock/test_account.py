"""Where the samples of a gap are counted."""

import pytest

from sensor_pipeline.clock.account import Account


@pytest.mark.parametrize(
    ("missing", "refused", "rejected", "lost"), [(8, 0, 0, 8), (8, 3, 3, 5), (8, 8, 8, 0), (4, 8, 4, 0)]
)
def test_a_gap_holds_the_refused_samples_as_far_as_it_reaches_and_the_rest_is_lost(
    missing: int, refused: int, rejected: int, lost: int
) -> None:
    account = Account("s", countable=True)
    assert account.take_gap(missing, refused) == missing
    ledger = account.ledger(None)
    assert (ledger.rejected, ledger.lost) == (rejected, lost)


def test_without_counter_and_stamp_the_refused_samples_are_the_gap() -> None:
    account = Account("s", countable=False)
    assert account.take_gap(0, 5) == 5
    ledger = account.ledger(None)
    assert (ledger.rejected, ledger.lost, ledger.estimated_deficit) == (5, None, 0.0)
