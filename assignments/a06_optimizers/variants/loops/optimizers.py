"""Stage 06 with one scalar at a time."""

import math

import numpy as np

from nabla.descent import (
    backtracking,
    gradient_descent,
    lecture_mistakes,
    minibatches,
    newton_step,
)
from nabla.module import Parameter
from nabla.schedules import CosineAnnealing, LinearDecay


class Optimizer:
    def __init__(self, params, lr):
        self.params = []
        for p in params:
            if not isinstance(p, Parameter):
                raise TypeError(p)
            if all(p is not other for other in self.params):
                self.params.append(p)
        if not self.params or lr <= 0:
            raise ValueError((params, lr))
        self.lr = lr
        self.memory = {}

    def remember(self, i, index, name, value=0.0):
        return self.memory.setdefault((i, index, name), value)

    def entries(self):
        for i, p in enumerate(self.params):
            if p.requires_grad:
                for index in np.ndindex(*p.data.shape):
                    yield i, p, index, float(p.grad[index])

    def zero_grad(self):
        for p in self.params:
            for index in np.ndindex(*p.grad.shape):
                p.grad[index] = 0.0

    def state_dict(self):
        state = [{} for _ in self.params]
        for (i, index, name), value in self.memory.items():
            state[i][f"{name}{list(index)}"] = (index, name, value)
        return {"lr": self.lr, "state": state}

    def load_state_dict(self, saved):
        if len(saved["state"]) != len(self.params):
            raise ValueError(len(saved["state"]))
        self.lr = saved["lr"]
        self.memory = {
            (i, tuple(index), name): value
            for i, values in enumerate(saved["state"])
            for index, name, value in values.values()
        }


class SGD(Optimizer):
    def __init__(
        self,
        params,
        lr,
        momentum=0.0,
        dampening=0.0,
        weight_decay=0.0,
        nesterov=False,
    ):
        super().__init__(params, lr)
        if nesterov and (not momentum or dampening):
            raise ValueError("nesterov")
        self.options = momentum, dampening, weight_decay, nesterov

    def step(self):
        momentum, dampening, weight_decay, nesterov = self.options
        for i, p, index, g in self.entries():
            if p.decay:
                g += weight_decay * float(p.data[index])
            key = (i, index, "velocity")
            if key in self.memory:
                v = momentum * self.memory[key] + (1 - dampening) * g
            else:
                v = g
            self.memory[key] = v
            if momentum == 0:
                v = g
            p.data[index] -= self.lr * (g + momentum * v if nesterov else v)


class Adagrad(Optimizer):
    def __init__(self, params, lr=0.01, eps=1e-10):
        super().__init__(params, lr)
        self.eps = eps

    def step(self):
        for i, p, index, g in self.entries():
            s = self.remember(i, index, "s") + g**2
            self.memory[i, index, "s"] = s
            p.data[index] -= self.lr * g / (math.sqrt(s) + self.eps)


class RMSprop(Optimizer):
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8):
        super().__init__(params, lr)
        self.alpha, self.eps = alpha, eps

    def step(self):
        for i, p, index, g in self.entries():
            old = self.remember(i, index, "v")
            v = self.alpha * old + (1 - self.alpha) * g**2
            self.memory[i, index, "v"] = v
            p.data[index] -= self.lr * g / (math.sqrt(v) + self.eps)


class Adadelta(Optimizer):
    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6):
        super().__init__(params, lr)
        self.rho, self.eps = rho, eps

    def step(self):
        rho, eps = self.rho, self.eps
        for i, p, index, g in self.entries():
            v = rho * self.remember(i, index, "v") + (1 - rho) * g**2
            u = self.remember(i, index, "u")
            d = math.sqrt(u + eps) / math.sqrt(v + eps) * g
            self.memory[i, index, "v"] = v
            self.memory[i, index, "u"] = rho * u + (1 - rho) * d**2
            p.data[index] -= self.lr * d


class Adam(Optimizer):
    decoupled = False

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0.0,
        amsgrad=False,
    ):
        super().__init__(params, lr)
        self.betas, self.eps = betas, eps
        self.weight_decay, self.amsgrad = weight_decay, amsgrad

    def step(self):
        beta1, beta2 = self.betas
        for i, p, index, g in self.entries():
            if p.decay and self.decoupled:
                p.data[index] -= self.lr * self.weight_decay * p.data[index]
            elif p.decay:
                g += self.weight_decay * float(p.data[index])
            t = self.remember(i, index, "t", 0) + 1
            m = beta1 * self.remember(i, index, "m") + (1 - beta1) * g
            v = beta2 * self.remember(i, index, "v") + (1 - beta2) * g**2
            top = max(v, self.remember(i, index, "top"))
            for name, value in (("t", t), ("m", m), ("v", v), ("top", top)):
                self.memory[i, index, name] = value
            used = (top if self.amsgrad else v) / (1 - beta2**t)
            step = m / (1 - beta1**t) / (math.sqrt(used) + self.eps)
            p.data[index] -= self.lr * step


class AdamW(Adam):
    decoupled = True

    def __init__(
        self,
        params,
        lr=1e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0.01,
        amsgrad=False,
    ):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad)


def clip_grad_norm(params, max_norm):
    if not max_norm > 0:
        raise ValueError(max_norm)
    params = list(params)
    total = 0.0
    for p in params:
        for index in np.ndindex(*p.grad.shape):
            total += float(p.grad[index]) ** 2
    total = math.sqrt(total)
    if max_norm / (total + 1e-6) < 1:
        for p in params:
            for index in np.ndindex(*p.grad.shape):
                p.grad[index] *= max_norm / (total + 1e-6)
    return total
