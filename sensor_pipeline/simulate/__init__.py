"""A moving person, an imperfect sensor and its firmware, a link: sessions with a known truth, exact by seed.

In: a sensor's spec, parameters, a seed. Out: records as a host would have received them, and what really happened.
Must not live here: clocks, files, radios; any code of the pipeline that the simulation is there to test.

One file, one job: ``curve`` (smooth steps) -> ``person`` (who moves how) -> ``shank`` (rigid-body formulas) ->
``sensor`` (the chip) -> ``firmware`` (packets; its bytes in ``wire``) -> ``link`` (the radio) -> ``session`` (records,
``truth``).
A new movement is a class with ``angles`` and ``motion`` beside ``person.Lunge``; a new error of the chip belongs into
``sensor``, of the radio into ``link``.
"""
