"""Check of the sensor specs: every file is read and its vectors are decoded.

In: the specs that come with the package. Out: one check. Must not live here: what a spec may say (devices).
"""

from __future__ import annotations

from sensor_pipeline.cli.checks.check import Check
from sensor_pipeline.errors import DorsiError


def sensor_specs() -> list[Check]:
    """Check that all specs are valid and that their vectors decode."""
    from sensor_pipeline.devices import vector_problems
    from sensor_pipeline.library.specs import load_spec, spec_ids

    try:
        ids = spec_ids()
    except DorsiError as error:
        return [Check("sensor specs", "fail", str(error), "install the package anew")]
    problems: list[str] = []
    vectors = tried = 0
    for spec_id in ids:
        try:
            spec = load_spec(spec_id)
        except DorsiError as error:
            problems.append(str(error))
            continue
        problems += [f"{spec_id}: {problem}" for problem in vector_problems(spec)]
        vectors += len(spec.vectors)
        tried += spec.tried_on_hardware
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return [
            Check("sensor specs", "fail", problems[0] + more, "install the package anew, or 'dorsi spec check FILE'")
        ]
    found = f"{len(ids)} specs are valid, {vectors} vectors decode; {tried} of the sensors tried on hardware"
    return [Check("sensor specs", "ok", found)]
