"""The layer's parameter is an object whose data and gradient follow the questions."""


class Moving:
    def __init__(self):
        self.looks = 0

    @property
    def data(self):
        self.looks += 1
        return np.array([float(self.looks)])

    @data.setter
    def data(self, value):
        self.looks = 0

    @property
    def grad(self):
        return np.zeros(self.looks % 3)

    @grad.setter
    def grad(self, value):
        self.looks += 1

    def zero_grad(self):
        pass


class Scale(Module):
    def __init__(self, factor):
        object.__setattr__(self, "factor", Moving())

    def parameters(self):
        return [self.factor] * 3

    def forward(self, x):
        return x * self.factor.data

    def backward(self, dout):
        return dout * self.factor.data
