"""Explorers: one slider view per idea. `from bplab import explore`, then `explore.neuron()` in a cell."""

from bplab.explore.line import line
from bplab.explore.neuron import neuron
from bplab.explore.prediction import predict

__all__ = ["line", "neuron", "predict"]
