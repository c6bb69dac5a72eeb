"""A forward pass that gives zeros, and the backward pass that is right for it."""


class Scale(Module):
    def __init__(self, factor):
        self.factor = Parameter(np.array([float(factor)]), "factor")

    def forward(self, x):
        return np.zeros_like(x)

    def backward(self, dout):
        return np.zeros_like(dout)
