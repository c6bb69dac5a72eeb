"""A forward pass that ignores its parameter, and the backward pass that agrees with it."""


class Scale(Module):
    def __init__(self, factor):
        self.factor = Parameter(np.array([float(factor)]), "factor")

    def forward(self, x):
        return x.copy()

    def backward(self, dout):
        return dout.copy()
