"""People who differ: a person drawn from a seed.

In: a seed. Out: :class:`~sensor_pipeline.simulate.person.PersonParams`. Must not live here: how a person moves.
"""

from __future__ import annotations

import numpy as np

from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.simulate.curve import PROFILES
from sensor_pipeline.simulate.person import SD_LIMIT, PersonParams
from sensor_pipeline.simulate.seeds import generator
from sensor_pipeline.simulate.shank import SensorSite


def draw_person(seed: int) -> PersonParams:
    """Draw a person: how deep, how fast, how steadily, and where the sensor sits.

    Peak 40 +- 5 deg (Hall and Docherty 2017; Calatayud 2015); the two ways take 2 to 8 s, the hold 0 to 5 s, the rest
    1 to 4 s; the sensor sits 0.20 to 0.30 m above and 0.035 to 0.055 m before the ankle's axis; knee inwards
    1.5 +- 1.5 deg, drifting by 0.15 deg (1 sd) a repetition; rotation 2 +- 2 deg; sway 0.05 to 0.3 deg; tremor up to
    0.02 deg at the top; half of them touch the wall. Ranges without a source are assumptions.

    Args:
        seed: another seed, another person.

    Returns:
        The person, the same for the same seed.
    """
    rng = generator(seed, "person")
    z = np.clip(rng.standard_normal(4), -SD_LIMIT, SD_LIMIT).tolist()
    ways_s, share = rng.uniform(2.0, 8.0), rng.uniform(0.45, 0.6)
    sway_rad = rng.uniform(0.05, 0.3) * RAD_PER_DEG
    site = SensorSite(float(rng.uniform(0.035, 0.055)), float(rng.uniform(-0.015, 0.015)), float(rng.uniform(0.2, 0.3)))
    return PersonParams(
        peak_rad=(40.0 + 5.0 * z[0]) * RAD_PER_DEG,
        peak_sd_rad=float(rng.uniform(0.4, 1.2)) * RAD_PER_DEG,
        frontal_rad=(1.5 + 1.5 * z[1]) * RAD_PER_DEG,
        frontal_drift_rad=0.15 * z[2] * RAD_PER_DEG,
        axial_rad=(2.0 + 2.0 * z[3]) * RAD_PER_DEG,
        descent_s=float(ways_s * share),
        ascent_s=float(ways_s * (1.0 - share)),
        hold_s=float(rng.uniform(0.0, 5.0)),
        rest_s=float(rng.uniform(1.0, 4.0)),
        sway_sd_rad=float(sway_rad),
        frontal_sway_sd_rad=float(0.6 * sway_rad),
        axial_sway_sd_rad=float(0.6 * sway_rad),
        site=site,
        profile=tuple(PROFILES)[int(rng.integers(len(PROFILES)))],
        tremor_sd_rad=float(rng.uniform(0.0, 0.02)) * RAD_PER_DEG,
        touch_m=float(max(rng.uniform(-1e-4, 1e-4), 0.0)),
    )
