"""Schedules as lists of all rates, made in advance."""

import math


class LinearDecay:
    def __init__(self, optimizer, lr_end, total_steps):
        if total_steps < 1 or lr_end < 0:
            raise ValueError((lr_end, total_steps))
        self.optimizer = optimizer
        step = (optimizer.lr - lr_end) / total_steps
        self.rates = [optimizer.lr - k * step for k in range(1, total_steps)]
        self.rates.append(lr_end)

    def step(self):
        rate = self.rates.pop(0) if len(self.rates) > 1 else self.rates[0]
        self.optimizer.lr = rate
        return rate


class CosineAnnealing(LinearDecay):
    def __init__(self, optimizer, lr_end, total_steps):
        super().__init__(optimizer, lr_end, total_steps)
        lr = optimizer.lr
        self.rates = []
        for k in range(1, total_steps + 1):
            share = math.cos(math.pi * k / (2 * total_steps)) ** 2
            self.rates.append(share * lr + (1 - share) * lr_end)
