"""How the sensor sits on the shin: from a standing pose, or known from the start."""
