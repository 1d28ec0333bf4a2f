"""Random streams by name."""

import pytest

from sensor_pipeline.errors import UserError
from sensor_pipeline.simulate.seeds import generator


def test_the_same_name_gives_the_same_numbers() -> None:
    assert generator(3, "noise", 0).random(4).tolist() == generator(3, "noise", 0).random(4).tolist()


@pytest.mark.parametrize("other", [(4, "noise", 0), (3, "link", 0), (3, "noise", 1), (3, "noise")])
def test_another_seed_or_name_gives_other_numbers(other: tuple) -> None:
    assert generator(3, "noise", 0).random() != generator(*other).random()


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(UserError, match=r"seed -1: must be 0 or more"):
        generator(-1, "noise")
