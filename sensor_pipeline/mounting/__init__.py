"""How the sensor sits on the shin: from standing and first movements, or known from the start."""
