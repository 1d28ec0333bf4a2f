"""Accuracy figures, comparison of algorithm versions, benchmarks: what the project says about itself, measured."""
