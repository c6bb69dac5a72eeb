"""Lists in lists, a list that holds itself, dicts whose keys change while they are read."""


class Endless(list):
    def __iter__(self):
        while True:
            yield Endless()


class Shifting(dict):
    def __iter__(self):
        number = 0
        while True:
            number += 1
            yield str(number)

    def __getitem__(self, key):
        return Shifting()


def total(x):
    deep = []
    for _ in range(100000):
        deep = [deep]
    own = []
    own.append(own)
    return [deep, own] if x.ndim == 1 else Endless()


def apply(function, x):
    return Shifting()


class Scale(Module):
    def __init__(self, factor):
        self.factor = Parameter(np.array([float(factor)]), "factor")

    def forward(self, x):
        own = {}
        own["own"] = [own] * 3
        return own
