"""Schedules by interpolation."""

import numpy as np

from nabla.errors import check_size


class LinearDecay:
    def __init__(self, optimizer, lr_end, total_steps):
        check_size("LinearDecay", total_steps=total_steps)
        if lr_end < 0:
            raise ValueError("lr_end")
        self.optimizer, self.calls = optimizer, 0
        self.ends = [0, total_steps], [optimizer.lr, lr_end]

    def step(self):
        self.calls += 1
        self.optimizer.lr = float(np.interp(self.calls, *self.ends))
        return self.optimizer.lr


class CosineAnnealing:
    def __init__(self, optimizer, lr_end, total_steps):
        check_size("CosineAnnealing", total_steps=total_steps)
        self.optimizer, self.calls, self.total = optimizer, 0, total_steps
        self.middle = (optimizer.lr + lr_end) / 2
        self.height = (optimizer.lr - lr_end) / 2

    def step(self):
        self.calls = min(self.calls + 1, self.total)
        angle = np.pi * self.calls / self.total
        self.optimizer.lr = self.middle + self.height * float(np.cos(angle))
        return self.optimizer.lr
