"""A moving person, an imperfect sensor and its firmware, a link: sessions with a known truth, exact by seed.

In: a sensor's spec, parameters, a seed. Out: records as a host would have received them, and what really happened.
Must not live here: clocks, files, radios; any code of the pipeline that the simulation is there to test.

One file, one job: ``curve`` (smooth steps) -> ``person`` (who moves how; drawn in ``people``) with ``movement`` and
``heel`` on top -> ``shank`` (rigid-body formulas) -> ``strap`` (soft tissue, slips) -> ``sensor`` (the chip) ->
``firmware`` (packets; its bytes in ``wire``) -> ``link`` (the radio) -> ``session`` (records, ``truth``, ``labels``).
``scenario`` puts all of it together as asked for in words, with ``faults``.
A new movement is a ``movement.Movement`` (most are a ``Gesture``: courses of the three angles and the ankle's place); a
new error of the chip belongs into ``sensor``, of its seat into ``strap``, of the radio into ``link``.
"""
