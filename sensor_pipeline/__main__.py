"""``python -m sensor_pipeline`` is ``dorsi``."""

from sensor_pipeline.cli.main import main

main()
