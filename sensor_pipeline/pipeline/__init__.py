"""One sensor's path from records to events."""

from sensor_pipeline.pipeline.params import PipelineParams
from sensor_pipeline.pipeline.rep_stage import RepStage
from sensor_pipeline.pipeline.sensor import Pipeline

__all__ = ["Pipeline", "PipelineParams", "RepStage"]
