"""Bluetooth Low Energy: find sensors, connect, keep streaming; and a virtual radio to prove it on. Imports bleak."""
