"""Answers in other hands than the catalogue's: loops, einsum, other algebra; right, a known mistake, an unknown one."""

# name: (exercise, task, what should be said, source); "right", an id of the catalogue, or "" where none explains it
VARIANTS = {
    "sigmoid by tanh": (
        "ex01-forward-pass",
        "sigmoid",
        "right",
        """
def sigmoid(z):
    return (1 + np.tanh(z / 2)) / 2
""",
    ),
    "sigmoid by exp(z)": (
        "ex01-forward-pass",
        "sigmoid",
        "right",
        """
def sigmoid(z):
    e = np.exp(z)
    return e / (e + 1)
""",
    ),
    "sigmoid falls": (
        "ex01-forward-pass",
        "sigmoid",
        "sigmoid-plus-sign",
        """
def sigmoid(z):
    e = np.exp(-z)
    return e / (e + 1)
""",
    ),
    "sigmoid of half": (
        "ex01-forward-pass",
        "sigmoid",
        "",
        """
def sigmoid(z):
    return 1 / (1 + np.exp(-z / 2))
""",
    ),
    "line entry by entry": (
        "ex01-forward-pass",
        "line",
        "line-swapped-a-b",
        """
def line(x, a, b):
    y = np.empty(x.shape)
    for i, value in np.ndenumerate(x):
        y[i] = a + value * b
    return y
""",
    ),
    "forward by einsum": (
        "ex01-forward-pass",
        "forward",
        "right",
        """
def forward(x, W, b):
    z, a = {}, {0: x}
    z[1] = np.einsum('ni,ij->nj', x, W[1]) + b[1]
    a[1] = 0.5 + 0.5 * np.tanh(0.5 * z[1])
    z[2] = np.einsum('ni,ij->nj', a[1], W[2]) + b[2]
    a[2] = z[2].copy()
    return z, a
""",
    ),
    "forward in loops, no bias": (
        "ex01-forward-pass",
        "forward",
        "deep-no-bias",
        """
def forward(x, W, b):
    z, a = {}, {0: x}
    for k in (1, 2):
        z[k] = np.zeros((len(x), W[k].shape[1]))
        for n in range(len(x)):
            for j in range(W[k].shape[1]):
                for i in range(W[k].shape[0]):
                    z[k][n, j] += a[k - 1][n, i] * W[k][i, j]
        a[k] = 1 / (1 + np.exp(-z[k])) if k == 1 else z[k]
    return z, a
""",
    ),
    "sigmoid in both layers": (
        "ex01-forward-pass",
        "forward",
        "net-output-sigmoid",
        """
def forward(x, W, b):
    z, a = {}, {0: x}
    for k in sorted(W):
        z[k] = np.dot(a[k - 1], W[k]) + b[k]
        a[k] = np.reciprocal(1 + np.exp(-z[k]))
    return z, a
""",
    ),
    "loss in loops": (
        "ex02-loss",
        "squared_error",
        "right",
        """
def squared_error(y_hat, y):
    total = 0.0
    for row, target in zip(y_hat, y):
        total += sum((p - t) ** 2 for p, t in zip(row, target))
    return total / len(y)
""",
    ),
    "loss by norm": (
        "ex02-loss",
        "squared_error",
        "loss-root",
        """
def squared_error(y_hat, y):
    return np.linalg.norm(y_hat - y) / np.sqrt(len(y))
""",
    ),
    "loss by np.mean": (
        "ex02-loss",
        "squared_error",
        "loss-mean-over-elements",
        """
def squared_error(y_hat, y):
    return np.mean(np.square(np.subtract(y, y_hat)))
""",
    ),
    "loss by vdot": (
        "ex02-loss",
        "squared_error",
        "loss-half",
        """
def squared_error(y_hat, y):
    d = (y_hat - y).ravel()
    return np.vdot(d, d) / (2 * y.shape[0])
""",
    ),
    "gradient of the sum": (
        "ex02-loss",
        "loss_gradient",
        "missing-one-over-n",
        """
def loss_gradient(y_hat, y):
    return np.array([[2 * p - 2 * t for p, t in zip(a, b)] for a, b in zip(y_hat, y)])
""",
    ),
    "gradient of y - y_hat": (
        "ex02-loss",
        "loss_gradient",
        "reversed-difference",
        """
def loss_gradient(y_hat, y):
    error = y - y_hat
    return (error + error) / error.shape[0]
""",
    ),
    "slope to the right": (
        "ex02-loss",
        "numerical_gradient",
        "numeric-one-sided",
        """
def numerical_gradient(f, w, h):
    w = np.array(w, dtype=float)
    grad = np.zeros_like(w)
    for i in range(w.size):
        nudged = w.copy()
        nudged.flat[i] += h
        grad.flat[i] = (f(nudged) - f(w)) / h
    return grad
""",
    ),
    "slope of two points": (
        "ex02-loss",
        "numerical_gradient",
        "numeric-no-half",
        """
def numerical_gradient(f, w, h):
    g = np.empty(w.shape)
    for i in np.ndindex(*w.shape):
        e = np.zeros(w.shape)
        e[i] = h
        g[i] = (f(w + e) - f(w - e)) / h
    return g
""",
    ),
    "relu by where": (
        "ex03-chain-rule",
        "relu",
        "right",
        """
def relu(z):
    return np.where(z < 0, 0.0, z)
""",
    ),
    "relu by clip": (
        "ex03-chain-rule",
        "relu",
        "relu-min",
        """
def relu(z):
    return np.clip(z, None, 0)
""",
    ),
    "slope of the sigmoid": (
        "ex03-chain-rule",
        "sigmoid_prime",
        "right",
        """
def sigmoid_prime(z):
    return 1 / (np.exp(z / 2) + np.exp(-z / 2)) ** 2
""",
    ),
    "slope falls": (
        "ex03-chain-rule",
        "sigmoid_prime",
        "prime-minus",
        """
def sigmoid_prime(z):
    return -np.exp(-z) / (1 + np.exp(-z)) ** 2
""",
    ),
    "chain with the error of a2": (
        "ex03-chain-rule",
        "chain_gradients",
        "chain-error-of-hidden",
        """
def chain_gradients(x, y, w1, w2, w3):
    import math
    p = max(x * w1, 0)
    q = max(p * w2, 0)
    r = 1 / (1 + math.exp(-q * w3))
    d = 2 * (q - y) * r * (1 - r)
    on1, on2 = w1 * x > 0, w2 * p > 0
    return d * w3 * on2 * w2 * on1 * x, d * w3 * on2 * p, d * q
""",
    ),
    "output by einsum": (
        "ex04-backward-pass",
        "output_gradients",
        "right",
        """
def output_gradients(a1, y_hat, y):
    d = 2 / len(y) * (y_hat - y)
    return np.einsum('ni,nj->ij', a1, d), np.einsum('nj->j', d)
""",
    ),
    "output, half": (
        "ex04-backward-pass",
        "output_gradients",
        "missing-two",
        """
def output_gradients(a1, y_hat, y):
    dW, db = 0, 0
    for a, p, t in zip(a1, y_hat, y):
        dW = dW + np.outer(a, p - t)
        db = db + (p - t)
    return dW / len(y), db / len(y)
""",
    ),
    "output, turned": (
        "ex04-backward-pass",
        "output_gradients",
        "dw2-transposed",
        """
def output_gradients(a1, y_hat, y):
    d = 2 / len(y) * (y_hat - y)
    return np.einsum('ni,nj->ji', a1, d), d.sum(0)
""",
    ),
    "hidden, no slope, in loops": (
        "ex04-backward-pass",
        "hidden_gradients",
        "hidden-prime-missing",
        """
def hidden_gradients(x, z1, W2, delta2):
    dW, db = np.zeros((x.shape[1], len(W2))), np.zeros(len(W2))
    for n in range(len(x)):
        for j in range(len(W2)):
            d = sum(W2[j] * delta2[n])
            db[j] += d
            for i in range(x.shape[1]):
                dW[i, j] += d * x[n, i]
    return dW, db
""",
    ),
    "hidden, slope of z": (
        "ex04-backward-pass",
        "hidden_gradients",
        "hidden-z-one-minus-z",
        """
def hidden_gradients(x, z1, W2, delta2):
    d = np.einsum('nk,jk->nj', delta2, W2) * (z1 - z1**2)
    return np.tensordot(x, d, axes=(0, 0)), np.ones(len(d)) @ d
""",
    ),
    "gradients, bias a mean": (
        "ex04-backward-pass",
        "gradients",
        "bias-averaged-again",
        """
def gradients(x, y, W, b):
    h = 1 / (1 + np.exp(-(x @ W[1] + b[1])))
    d2 = 2 * (h @ W[2] + b[2] - y) / len(x)
    d1 = np.einsum('nk,jk,nj->nj', d2, W[2], h - h**2)
    return {1: x.T.dot(d1), 2: h.T.dot(d2)}, {1: np.average(d1, axis=0), 2: np.average(d2, axis=0)}
""",
    ),
    "gradients, random": (
        "ex04-backward-pass",
        "gradients",
        "",
        """
def gradients(x, y, W, b):
    draw = np.random.default_rng(len(x)).normal
    return {k: draw(size=W[k].shape) for k in W}, {k: draw(size=b[k].shape) for k in b}
""",
    ),
    "mean in a loop": (
        "ex05-weight-updates",
        "mean_change",
        "right",
        """
def mean_change(changes):
    total = 0 * changes[0]
    for change in changes:
        total += change
    return total / len(changes)
""",
    ),
    "sum in a loop": (
        "ex05-weight-updates",
        "mean_change",
        "average-sum",
        """
def mean_change(changes):
    total = np.zeros(changes.shape[1])
    for change in changes:
        total = total + change
    return total
""",
    ),
    "line, a without x": (
        "ex05-weight-updates",
        "line_gradients",
        "line-da-without-x",
        """
def line_gradients(x, y, a, b):
    e = [2 * (a * p + b - t) for p, t in zip(x.ravel(), y.ravel())]
    return sum(e) / len(e), np.mean(e)
""",
    ),
    "update uphill": (
        "ex05-weight-updates",
        "update",
        "update-plus",
        """
def update(W, b, dW, db, lr):
    new_W, new_b = dict(W), dict(b)
    for k in W:
        new_W[k] = np.add(W[k], lr * dW[k])
        new_b[k] = lr * db[k] + b[k]
    return new_W, new_b
""",
    ),
    "deep, no slope": (
        "ex07-going-deep",
        "backward_step",
        "deep-prime-missing",
        """
def backward_step(delta_next, W_next, z, a_prev):
    delta = np.einsum('nk,jk->nj', delta_next, W_next)
    return delta, np.einsum('ni,nj->ij', a_prev, delta), np.add.reduce(delta)
""",
    ),
    "deep, linear output": (
        "ex07-going-deep",
        "forward_deep",
        "deep-output-linear",
        """
def forward_deep(x, W, b):
    z, a = {}, {0: x}
    for k in W:
        z[k] = np.matmul(a[k - 1], W[k]) + b[k]
        a[k] = 0.5 + np.tanh(z[k] / 2) / 2 if k < len(W) else z[k]
    return z, a
""",
    ),
}
