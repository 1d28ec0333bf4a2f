"""Shin angle of a weight-bearing lunge, live, from one IMU on the shin."""

__version__ = "0.1.0"
