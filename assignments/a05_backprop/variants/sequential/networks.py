import numpy as np

from nabla import activations, backend, errors, layers
from nabla.module import Module


class MLP(Module):
    def __init__(self, sizes, activation=activations.Tanh, output=None, rng=None):
        for size in sizes:
            errors.check_size("MLP", size=size)
        if not sizes[1:]:
            raise ValueError("at least two sizes")
        rng = backend.as_generator(rng)
        pairs = list(zip(sizes[:-1], sizes[1:]))
        parts = [layers.Linear(m, n, rng=rng) for m, n in pairs]
        for i, part in enumerate(parts, 1):
            part.weight.name, part.bias.name = f"W{i}", f"b{i}"
        both = [module for part in parts for module in (part, None)][:-1]
        both = [activation() if module is None else module for module in both]
        self.net = layers.Sequential(*both, *filter(lambda m: m is not None, [output]))

    @property
    def layers(self):
        return self.net.layers

    @layers.setter
    def layers(self, modules):
        self.net = layers.Sequential(*modules)

    def forward(self, x):
        return self.net(x)

    def backward(self, dout):
        return self.net.backward(dout)


def xor_relu_network():
    net = MLP((2, 2, 1), activation=activations.ReLU)
    values = np.array([1.0, 1, 1, 1, 0, -1, 1, -2, 0])
    for parameter in net.parameters():
        parameter.data = values[: parameter.data.size].reshape(parameter.data.shape)
        values = values[parameter.data.size :]
    return net


class LogisticRegression(Module):
    def __init__(self, in_features, rng=None):
        self.linear = layers.Linear(in_features, 1, rng=rng)

    def forward(self, x):
        column = self.linear.forward(x)
        self.saved = column
        return column.reshape(-1)

    def backward(self, dout):
        column = errors.check_cached("LogisticRegression", self.saved)
        if dout.shape != column.shape[:1]:
            raise ValueError("one number for each sample")
        return self.linear.backward(dout.reshape(column.shape))

    def predict(self, x):
        odds = np.exp(self.linear.forward(x)[:, 0])
        return (odds / (1 + odds) >= 0.5).astype(np.int64)
