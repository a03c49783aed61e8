"""Where the course teaches what a task asks for or a mistake misses: a lecture, and the heading of a section in it."""

Place = tuple[str, str]

TASKS: dict[str, Place] = {
    "sigmoid": ("00-start-here", "One neuron"),
    "line": ("01-forward-pass", "The smallest network: a line"),
    "forward": ("01-forward-pass", "The same as matrices"),
    "squared_error": ("02-loss", "The cost of many: a mean"),
    "loss_gradient": ("02-loss", "How does the cost feel one prediction?"),
    "numerical_gradient": ("02-loss", "The gradient by nudging"),
    "counterexample_loss": ("02-loss", "The gradient of a mean is the mean of the gradients"),
    "relu": ("03-chain-rule", "Shallow and deep"),
    "relu_prime": ("03-chain-rule", "The idea: slopes of nested functions multiply"),
    "sigmoid_prime": ("03-chain-rule", "The idea: slopes of nested functions multiply"),
    "chain": ("03-chain-rule", "Shallow and deep"),
    "chain_gradients": ("03-chain-rule", "One step back: w_2"),
    "counterexample_chain": ("03-chain-rule", "The last weight, w_3: the shallow case"),
    "output_gradients": ("04-backward-pass", "The output layer: multiply by what comes in"),
    "hidden_gradients": ("04-backward-pass", "The hidden layer: first ask what o_1 does to the loss"),
    "gradients": ("04-backward-pass", "As matrices: the same sums in four lines"),
    "mean_change": ("05-weight-updates", "A change for each sample, and their mean"),
    "line_gradients": ("05-weight-updates", "A change for each sample, and their mean"),
    "update": ("05-weight-updates", "All at once, with the old weights"),
    "counterexample_mean": ("05-weight-updates", "The wished changes of note 004, and a decimal slip"),
    "shuffle": ("06-sgd", "Shuffle: one order for both"),
    "minibatches": ("06-sgd", "Split: the last batch may be shorter"),
    "train": ("06-sgd", "The loop"),
    "forward_deep": ("07-going-deep", "Any number of layers"),
    "backward_step": ("07-going-deep", "One step back"),
    "backward_deep": ("07-going-deep", "As matrices: one line a layer"),
    "one_hot": ("08-real-data", "Ten outputs for ten digits"),
    "accuracy": ("08-real-data", "Accuracy: what counts in the end"),
    "train_digits": ("08-real-data", "A few tries"),
    "repair_1": ("04-backward-pass", "As matrices: the same sums in four lines"),
    "repair_2": ("04-backward-pass", "As matrices: the same sums in four lines"),
    "repair_3": ("04-backward-pass", "As matrices: the same sums in four lines"),
    "repair_4": ("04-backward-pass", "As matrices: the same sums in four lines"),
    "repair_5": ("07-going-deep", "As matrices: one line a layer"),
    "repair_6": ("07-going-deep", "As matrices: one line a layer"),
}

# Mistakes that are explained elsewhere than the task in which they were made.
MISTAKES: dict[str, Place] = {
    "missing-two": ("02-loss", "How does the cost feel one prediction?"),
    "reversed-difference": ("02-loss", "How does the cost feel one prediction?"),
    "loss-not-differentiated": ("02-loss", "How does the cost feel one prediction?"),
    "missing-one-over-n": ("02-loss", "The gradient of a mean is the mean of the gradients"),
    "averaged-twice": ("04-backward-pass", "From one sample to n: the mean of the gradients"),
    "both-averaged-again": ("04-backward-pass", "From one sample to n: the mean of the gradients"),
    "dw1-averaged-again": ("04-backward-pass", "From one sample to n: the mean of the gradients"),
    "bias-averaged-again": ("04-backward-pass", "From one sample to n: the mean of the gradients"),
    "bias-not-summed": ("04-backward-pass", "From one sample to n: the mean of the gradients"),
    "only-last-sample": ("04-backward-pass", "From one sample to n: the mean of the gradients"),
    "only-first-sample": ("04-backward-pass", "From one sample to n: the mean of the gradients"),
    "dw1-transposed": ("04-backward-pass", "Where the transposes come from"),
    "dw2-transposed": ("04-backward-pass", "Where the transposes come from"),
    "both-transposed": ("04-backward-pass", "Where the transposes come from"),
    "output-weights-untransposed": ("04-backward-pass", "Where the transposes come from"),
    "output-weights-missing": ("04-backward-pass", "The hidden layer: first ask what o_1 does to the loss"),
    "hidden-prime-missing": ("04-backward-pass", "The hidden layer: first ask what o_1 does to the loss"),
    "hidden-prime-of-activation": ("04-backward-pass", "The hidden layer: first ask what o_1 does to the loss"),
    "hidden-z-one-minus-z": ("04-backward-pass", "The hidden layer: first ask what o_1 does to the loss"),
    "numeric-step-too-large": ("02-loss", "How small should h be?"),
    "numeric-step-too-small": ("02-loss", "How small should h be?"),
    "average-decimal-slip": ("05-weight-updates", "The wished changes of note 004, and a decimal slip"),
    "shuffled-once": ("06-sgd", "Three quiet mistakes"),
}


def section(task: str, mistake: str = "") -> str:
    """The lecture and section to read again; "" for a task that is not the course's.

    >>> section("gradients", "dw1-transposed")
    'lecture 04-backward-pass, “Where the transposes come from”'
    """
    if task not in TASKS:
        return ""
    lecture, heading = MISTAKES.get(mistake, TASKS[task])
    return f"lecture {lecture}, “{heading}”"
