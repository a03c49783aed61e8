"""Where the course teaches what a task asks for or a mistake misses: a lecture, and its cell with the heading."""

import json
import re

Place = tuple[str, str]

TASKS: dict[str, Place] = {
    "sigmoid": ("00-start-here", "one-neuron"),
    "line": ("01-forward-pass", "line"),
    "forward": ("01-forward-pass", "matrices"),
    "squared_error": ("02-loss", "cost"),
    "loss_gradient": ("02-loss", "slope-in-prediction"),
    "numerical_gradient": ("02-loss", "nudging"),
    "counterexample_loss": ("02-loss", "mean-of-gradients"),
    "relu": ("03-chain-rule", "shallow"),
    "relu_prime": ("03-chain-rule", "nested"),
    "sigmoid_prime": ("03-chain-rule", "nested"),
    "chain": ("03-chain-rule", "shallow"),
    "chain_gradients": ("03-chain-rule", "w2"),
    "counterexample_chain": ("03-chain-rule", "w3"),
    "output_gradients": ("04-backward-pass", "output-layer"),
    "hidden_gradients": ("04-backward-pass", "hidden-layer"),
    "gradients": ("04-backward-pass", "matrices"),
    "mean_change": ("05-weight-updates", "per-sample"),
    "line_gradients": ("05-weight-updates", "per-sample"),
    "update": ("05-weight-updates", "all-at-once"),
    "counterexample_mean": ("05-weight-updates", "wished"),
    "shuffle": ("06-sgd", "shuffle"),
    "minibatches": ("06-sgd", "split"),
    "train": ("06-sgd", "loop"),
    "forward_deep": ("07-going-deep", "layers"),
    "backward_step": ("07-going-deep", "step"),
    "backward_deep": ("07-going-deep", "matrices"),
    "one_hot": ("08-real-data", ""),
    "accuracy": ("08-real-data", ""),
    "train_digits": ("08-real-data", ""),
    "repair_1": ("04-backward-pass", "matrices"),
    "repair_2": ("04-backward-pass", "matrices"),
    "repair_3": ("04-backward-pass", "matrices"),
    "repair_4": ("04-backward-pass", "matrices"),
    "repair_5": ("04-backward-pass", "matrices"),
    "repair_6": ("04-backward-pass", "matrices"),
}

# Mistakes that are explained elsewhere than the task in which they were made.
MISTAKES: dict[str, Place] = {
    "missing-two": ("02-loss", "slope-in-prediction"),
    "reversed-difference": ("02-loss", "slope-in-prediction"),
    "loss-not-differentiated": ("02-loss", "slope-in-prediction"),
    "missing-one-over-n": ("02-loss", "mean-of-gradients"),
    "averaged-twice": ("04-backward-pass", "n-samples"),
    "both-averaged-again": ("04-backward-pass", "n-samples"),
    "dw1-averaged-again": ("04-backward-pass", "n-samples"),
    "bias-averaged-again": ("04-backward-pass", "n-samples"),
    "bias-not-summed": ("04-backward-pass", "n-samples"),
    "only-last-sample": ("04-backward-pass", "n-samples"),
    "only-first-sample": ("04-backward-pass", "n-samples"),
    "dw1-transposed": ("04-backward-pass", "transposes"),
    "dw2-transposed": ("04-backward-pass", "transposes"),
    "both-transposed": ("04-backward-pass", "transposes"),
    "output-weights-untransposed": ("04-backward-pass", "transposes"),
    "output-weights-missing": ("04-backward-pass", "hidden-layer"),
    "hidden-prime-missing": ("04-backward-pass", "hidden-layer"),
    "hidden-prime-of-activation": ("04-backward-pass", "hidden-layer"),
    "hidden-z-one-minus-z": ("04-backward-pass", "hidden-layer"),
    "numeric-step-too-large": ("02-loss", "how-small"),
    "numeric-step-too-small": ("02-loss", "how-small"),
    "average-decimal-slip": ("05-weight-updates", "wished"),
    "shuffled-once": ("06-sgd", "order-once"),
}


def section(task: str, mistake: str = "") -> str:
    """The lecture and section to teach again; "" for a task that is not the course's.

    >>> section("gradients", "dw1-transposed")
    'lecture 04-backward-pass, “Where the transposes come from”'
    """
    if task not in TASKS:
        return ""
    lecture, cell = MISTAKES.get(mistake, TASKS[task])
    heading = _heading(lecture, cell)
    return f"lecture {lecture}" + (f", “{heading}”" if heading else "")


def _heading(lecture: str, cell: str) -> str:
    """The heading in a lecture's cell, as it stands in the notebook that this bplab has; "" if it has none."""
    from bplab import course  # which needs Jupyter, and that takes time

    try:
        text = (course.find(course.LECTURES) / f"{lecture}.ipynb").read_text(encoding="utf-8")
    except (OSError, course.CourseError):
        return ""
    sources = {found.get("id"): "".join(found["source"]) for found in json.loads(text)["cells"]}
    heading = re.search(r"^#+ (.*)", sources.get(cell, ""), re.MULTILINE)
    return re.sub(r"[$`{}]", "", heading[1]).replace(r"\hat y", "ŷ") if heading else ""
