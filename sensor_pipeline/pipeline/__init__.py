"""One sensor's path from records to events."""

from sensor_pipeline.pipeline.params import PipelineParams
from sensor_pipeline.pipeline.sensor import Pipeline, RepStage

__all__ = ["Pipeline", "PipelineParams", "RepStage"]
