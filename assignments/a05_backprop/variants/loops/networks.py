import numpy as np

from nabla.activations import ReLU, Tanh
from nabla.layers import Linear
from nabla.module import Module
import nabla.backend as backend


class MLP(Module):
    def __init__(self, sizes, activation=Tanh, output=None, rng=None):
        sizes = list(sizes)
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError("at least two sizes of at least one")
        rng = backend.as_generator(rng)
        self.layers = []
        for k in range(1, len(sizes)):
            layer = Linear(sizes[k - 1], sizes[k], rng=rng)
            layer.weight.name = "W" + str(k)
            layer.bias.name = "b" + str(k)
            self.layers += [layer]
            if k < len(sizes) - 1:
                self.layers += [activation()]
                if not isinstance(self.layers[-1], Module):
                    raise TypeError("no module")
        if output is not None:
            if not isinstance(output, Module):
                raise TypeError("no module")
            self.layers += [output]

    def forward(self, x):
        h = [x]
        for k in range(len(self.layers)):
            h.append(self.layers[k](h[k]))
        return h[-1]

    def backward(self, dout):
        k = len(self.layers)
        while k:
            k -= 1
            dout = self.layers[k].backward(dout)
        return dout


def xor_relu_network():
    net = MLP([2, 2, 1], ReLU)
    first, _, last = net.layers
    first.weight.data = np.ones((2, 2))
    first.bias.data = np.array([0.0, -1.0])
    last.weight.data = np.array([[1.0], [-2.0]])
    last.bias.data = np.zeros(1)
    return net


class LogisticRegression(Module):
    def __init__(self, in_features, rng=None):
        self.linear = Linear(in_features, 1, rng=rng)

    def forward(self, x):
        out = self.linear.forward(x)
        self.saved = len(x)
        return np.array([out[n, 0] for n in range(len(x))], dtype=x.dtype)

    def backward(self, dout):
        if self.saved is None:
            raise RuntimeError("forward first")
        if not isinstance(dout, np.ndarray) or dout.dtype.kind != "f":
            raise TypeError("floats")
        if dout.shape != (self.saved,):
            raise ValueError("one per sample")
        return self.linear.backward(dout.reshape(-1, 1))

    def predict(self, x):
        z = self.linear.forward(x)
        return np.array([int(1 / (1 + np.exp(-z[n, 0])) >= 0.5) for n in range(len(x))])
