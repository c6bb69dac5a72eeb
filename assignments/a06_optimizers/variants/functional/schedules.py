"""Schedules as generators."""

import math


class LinearDecay:
    def __init__(self, optimizer, lr_end, total_steps):
        if total_steps < 1:
            raise ValueError(total_steps)
        if lr_end < 0:
            raise ValueError(lr_end)
        self.optimizer = optimizer
        self.rates = self.all_rates(optimizer.lr, lr_end, total_steps)

    def all_rates(self, lr, lr_end, total_steps):
        for k in range(1, total_steps):
            yield lr + (lr_end - lr) * self.share(k / total_steps)
        while True:
            yield lr_end

    def share(self, a):
        return a

    def step(self):
        self.optimizer.lr = next(self.rates)
        return self.optimizer.lr


class CosineAnnealing(LinearDecay):
    def share(self, a):
        return (1 - math.cos(math.pi * a)) / 2
