"""Explorers: one slider view per idea. `from bplab import explore`, then `explore.neuron()` in a cell."""

from bplab.explore.backward_pass import backward_pass
from bplab.explore.chain_rule import chain_rule
from bplab.explore.depth import depth
from bplab.explore.forward_pass import forward_pass
from bplab.explore.learning_rate import learning_rate
from bplab.explore.line import line
from bplab.explore.loss_surface import loss_surface
from bplab.explore.neuron import neuron
from bplab.explore.prediction import predict
from bplab.explore.sgd import sgd
from bplab.explore.training import training
from bplab.explore.wished_changes import wished_changes

__all__ = [
    "backward_pass",
    "chain_rule",
    "depth",
    "forward_pass",
    "learning_rate",
    "line",
    "loss_surface",
    "neuron",
    "predict",
    "sgd",
    "training",
    "wished_changes",
]
