"""What is made of samples: a safe filter input, orientation, angle, repetitions, quality.

In: samples and mountings. Out: arrays, angles, repetitions. Must not live here: bytes, clocks, files, the coach.
"""
