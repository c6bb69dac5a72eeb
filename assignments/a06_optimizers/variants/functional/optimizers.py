"""Stage 06 with coroutines: each parameter has one that turns gradients into steps."""

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
        self.params = list(dict.fromkeys(params))
        for p in self.params:
            if not isinstance(p, Parameter):
                raise TypeError(type(p))
        if not self.params or lr <= 0:
            raise ValueError("params, lr")
        self.lr = lr
        self.rules = {}
        self.log = [[] for _ in self.params]

    def rule(self, p):
        raise NotImplementedError

    def step(self):
        for i, p in enumerate(self.params):
            if p.requires_grad:
                self.replay(i, self.lr, p.grad.copy(), p.data.copy())
                np.subtract(p.data, self.change, out=p.data)

    def replay(self, i, lr, g, x):
        """Send one gradient to the parameter's rule, and keep it for state_dict."""
        if i not in self.rules:
            self.rules[i] = self.rule(self.params[i])
            next(self.rules[i])
        self.change = self.rules[i].send((lr, g, x))
        self.log[i].append((lr, g, x))

    def zero_grad(self):
        for p in self.params:
            np.copyto(p.grad, 0)

    def state_dict(self):
        return {
            "lr": self.lr,
            "state": [{"log": list(log)} if log else {} for log in self.log],
        }

    def load_state_dict(self, saved):
        if len(saved["state"]) != len(self.params):
            raise ValueError("another number of parameters")
        self.rules, self.log = {}, [[] for _ in self.params]
        for i, state in enumerate(saved["state"]):
            for lr, g, x in state.get("log", []):
                self.replay(i, lr, g, x)
        self.lr = saved["lr"]


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
        if nesterov and not momentum:
            raise ValueError("nesterov without momentum")
        if nesterov and dampening:
            raise ValueError("nesterov with dampening")
        super().__init__(params, lr)
        self.momentum, self.dampening = momentum, dampening
        self.weight_decay, self.nesterov = weight_decay, nesterov

    def rule(self, p):
        change, v = None, None
        while True:
            lr, g, x = yield change
            if p.decay:
                g = g + self.weight_decay * x
            if v is None:
                v = g
            else:
                v = self.momentum * v + (1 - self.dampening) * g
            ahead = g + self.momentum * v
            change = lr * (ahead if self.nesterov else v if self.momentum else g)


class Adagrad(Optimizer):
    def __init__(self, params, lr=0.01, eps=1e-10):
        super().__init__(params, lr)
        self.eps = eps

    def rule(self, p):
        change, s = None, 0
        while True:
            lr, g, _ = yield change
            s = s + g**2
            change = lr * g / (np.sqrt(s) + self.eps)


class RMSprop(Optimizer):
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8):
        super().__init__(params, lr)
        self.alpha, self.eps = alpha, eps

    def rule(self, p):
        change, v = None, 0
        while True:
            lr, g, _ = yield change
            v = self.alpha * v + (1 - self.alpha) * g**2
            change = lr * g / (np.sqrt(v) + self.eps)


class Adadelta(Optimizer):
    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6):
        super().__init__(params, lr)
        self.rho, self.eps = rho, eps

    def rule(self, p):
        change, v, u = None, 0, 0
        while True:
            lr, g, _ = yield change
            v = self.rho * v + (1 - self.rho) * g**2
            d = g * ((u + self.eps) / (v + self.eps)) ** 0.5
            u = self.rho * u + (1 - self.rho) * d**2
            change = lr * d


class Adam(Optimizer):
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

    def rule(self, p):
        beta1, beta2 = self.betas
        change, m, v, top, t = None, 0, 0, 0, 0
        while True:
            lr, g, x = yield change
            shrink = 0
            if p.decay and isinstance(self, AdamW):
                shrink = lr * self.weight_decay * x
            elif p.decay:
                g = g + self.weight_decay * x
            t += 1
            m = m + (1 - beta1) * (g - m)
            v = v + (1 - beta2) * (g**2 - v)
            top = np.maximum(top, v)
            root = np.sqrt(top if self.amsgrad else v)
            scale = math.sqrt(1 - beta2**t)
            rate = lr * scale / (1 - beta1**t)
            change = shrink + rate * m / (root + self.eps * scale)


class AdamW(Adam):
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
    if max_norm <= 0:
        raise ValueError("max_norm")
    params = list(params)
    everything = np.concatenate([p.grad.ravel() for p in params])
    length = float(np.sqrt(everything @ everything))
    factor = np.clip(max_norm / (length + 1e-6), None, 1.0)
    for p in params:
        p.grad[...] = p.grad * factor
    return length
