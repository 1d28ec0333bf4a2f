"""What wrong settings cost imufusion: why its adapter is set up as it is.

In: a folder of recorded data. Out: rows of figures, a Markdown section. Must not live here: the adapter itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import DEG_PER_RAD, G_M_S2
from sensor_pipeline.lab.orientation_accuracy import TRIALS, Recorded, inclination_error_deg, read_trial, stream
from sensor_pipeline.signal.orientation import ImufusionParams
from sensor_pipeline.types import FloatArray

SPEED_UP: Final = 3
"""How many times faster the synthesised fast translation is: a mean acceleration of 1.6 g."""


class Variant(NamedTuple):
    """One way to set imufusion up; the defaults are the adapter's."""

    what: str
    sample_rate_given: bool = True
    gyroscope_unit_per_rad_s: float = DEG_PER_RAD
    bias: bool = True
    rejection_deg: float = 0.0
    rejection_timeout_s: float = 0.0


ADAPTER: Final = "as the adapter does"
VARIANTS: Final = (
    Variant("`sample_rate` left out (100 Hz in silence)", sample_rate_given=False),
    Variant("gyroscope in rad/s instead of deg/s", gyroscope_unit_per_rad_s=1.0),
    Variant("without `Bias`", bias=False),
    Variant("acceleration rejection 10°, time-out 5 s", rejection_deg=10.0, rejection_timeout_s=5.0),
)


@dataclass(frozen=True, slots=True)
class SettingsRow:
    """RMSE in degrees of one way to set imufusion up, on each recording of :func:`recordings`, in that order."""

    what: str
    rmse_deg: tuple[float, ...]


def recordings(data_dir: Path) -> dict[str, Recorded]:
    """The trials that the settings were chosen on, and the second of them played faster (synthesised).

    Raises:
        FileError: a recording is missing.
        UserError: h5py is not installed.
    """
    out = {f"{t.number} {t.name.replace('_', ' ')}": read_trial(data_dir, t) for t in TRIALS if t.tuned}
    translation = next(recorded for name, recorded in out.items() if "translation" in name)
    out[f"11, {SPEED_UP} times as fast (synthesised)"] = sped_up(translation, SPEED_UP)
    return out


def sped_up(recorded: Recorded, times: int) -> Recorded:
    """The same path played ``times`` as fast at the same sample rate: synthesised from a real movement.

    Angular rate grows with ``times``, acceleration with its square. The orientation on the path is vqf's, because the
    optical one has holes, and becomes the reference.
    """
    from scipy.spatial.transform import Rotation

    quat = stream("vqf", recorded)
    rows = len(quat) // times * times
    acceleration = Rotation.from_quat(quat[:, [1, 2, 3, 0]]).apply(recorded.acc_m_s2) - (0.0, 0.0, G_M_S2)
    reference = np.ascontiguousarray(quat[:rows:times])
    specific_force = _means(acceleration[:rows], times) * times**2 + (0.0, 0.0, G_M_S2)
    return Recorded(
        rate_hz=recorded.rate_hz,
        gyr_rad_s=_means(recorded.gyr_rad_s[:rows], times) * times,
        acc_m_s2=np.ascontiguousarray(Rotation.from_quat(reference[:, [1, 2, 3, 0]]).inv().apply(specific_force)),
        reference=reference,
        scored=recorded.scored[:rows:times],
    )


def rows(data_dir: Path) -> list[SettingsRow]:
    """Measure the adapter and every wrong variant; errors as in :func:`recordings`."""
    measured = recordings(data_dir).values()
    out = [SettingsRow(ADAPTER, tuple(_rmse_deg(stream("imufusion", recorded), recorded) for recorded in measured))]
    for variant in VARIANTS:
        out.append(SettingsRow(variant.what, tuple(_rmse_deg(_run(variant, r), r) for r in measured)))
    return out


def _run(variant: Variant, recorded: Recorded) -> FloatArray:
    try:
        from imufusion import Ahrs, AhrsSettings, Bias, BiasSettings
    except ImportError as error:
        raise UserError("the imufusion table needs: pip install 'sensor-pipeline[test]' (imufusion)") from error
    params = ImufusionParams()
    settings = AhrsSettings(
        gain=params.gain,
        acceleration_rejection=variant.rejection_deg,
        rejection_timeout=variant.rejection_timeout_s,
    )
    if variant.sample_rate_given:
        settings.sample_rate = recorded.rate_hz
    ahrs, bias = Ahrs(), Bias()
    ahrs.set_settings(settings)
    bias.set_settings(
        BiasSettings(
            sample_rate=recorded.rate_hz,
            stationary_threshold=params.stationary_threshold_deg_s,
            stationary_period=params.stationary_period_s,
        )
    )
    quat = np.empty((len(recorded.gyr_rad_s), 4))
    gyr_scaled, acc_g = recorded.gyr_rad_s * variant.gyroscope_unit_per_rad_s, recorded.acc_m_s2 / G_M_S2
    for row, (gyr, acc) in enumerate(zip(gyr_scaled, acc_g, strict=True)):
        ahrs.update_no_magnetometer(bias.update(gyr) if variant.bias else gyr, acc)
        quat[row] = ahrs.get_quaternion()
    return quat


def _rmse_deg(quat: FloatArray, recorded: Recorded) -> float:
    error_deg = inclination_error_deg(quat[recorded.scored], recorded.reference[recorded.scored])
    return math.sqrt(float(np.mean(error_deg * error_deg)))


def _means(values: FloatArray, of: int) -> FloatArray:
    """Means (n // of, 3) of each ``of`` rows of (n, 3)."""
    means: FloatArray = values.reshape(-1, of, 3).mean(axis=1)
    return means


def markdown(data_dir: Path) -> str:
    """The section of the accuracy page; errors as in :func:`recordings`."""
    lines = [
        "## imufusion: what wrong settings cost",
        "",
        "**Real** (02, 11) and **synthesised** from a real movement (last column: trial 11 played faster, acceleration "
        f"times {SPEED_UP**2}, vqf's orientation on the recorded path as the truth). RMSE of inclination in degrees.",
        "",
        f"| settings | {' | '.join(recordings(data_dir))} |",
        "|---|---|---|---|",
        *(f"| {row.what} | {' | '.join(f'{value:.1f}' for value in row.rmse_deg)} |" for row in rows(data_dir)),
        "",
        "Errors of 30° and more in fast translation come from a `sample_rate` left out: since 1.3 imufusion takes no "
        "time step with an update and believes `AhrsSettings.sample_rate`, 100 Hz unless told. Set up as the adapter "
        "does it, what is left in strong translation is the filter's own limit: it turns each row's acceleration into "
        "a direction before it averages, so accelerations beyond 1 g do not average out.",
        "",
    ]
    return "\n".join(lines)
