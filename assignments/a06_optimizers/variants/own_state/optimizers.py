"""Stage 06 on one long vector of all entries."""

import copy

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
    memory_names = ()

    def __init__(self, params, lr):
        unique = {id(p): p for p in params}
        self.params = list(unique.values())
        if not all(isinstance(p, Parameter) for p in self.params):
            raise TypeError("params")
        if len(self.params) == 0 or not lr > 0:
            raise ValueError("params or lr")
        self.lr = lr
        self.t = 0
        size = sum(p.data.size for p in self.params)
        self.memory = {name: np.zeros(size) for name in self.memory_names}
        self.decaying = self.flat([np.full(p.data.shape, p.decay) for p in self.params])

    @staticmethod
    def flat(arrays):
        return np.concatenate([np.ravel(a) for a in arrays]).astype(float)

    def step(self):
        self.t += 1
        x = self.flat([p.data for p in self.params])
        g = self.flat([p.grad for p in self.params])
        x = self.moved(x, g)
        begin = 0
        for p in self.params:
            end = begin + p.data.size
            if p.requires_grad:
                p.data[...] = x[begin:end].reshape(p.data.shape)
            begin = end

    def zero_grad(self):
        for p in self.params:
            p.grad.fill(0)

    def state_dict(self):
        state = [{} for _ in self.params]
        if self.t:
            state[0] = {"t": self.t, "memory": copy.deepcopy(self.memory)}
        return {"lr": self.lr, "state": state}

    def load_state_dict(self, saved):
        if len(saved["state"]) != len(self.params):
            raise ValueError("number of parameters")
        self.lr = saved["lr"]
        first = copy.deepcopy(saved["state"][0])
        self.t = first.get("t", 0)
        self.memory = first.get("memory", self.memory)


class SGD(Optimizer):
    memory_names = ("v",)

    def __init__(
        self, params, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False
    ):
        super().__init__(params, lr)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        self.momentum, self.dampening = momentum, dampening
        self.weight_decay, self.nesterov = weight_decay, nesterov

    def moved(self, x, g):
        g = g + self.weight_decay * self.decaying * x
        weight = 1 if self.t == 1 else 1 - self.dampening
        self.memory["v"] = v = self.momentum * self.memory["v"] + weight * g
        if self.momentum == 0:
            v = g
        return x - self.lr * (g + self.momentum * v if self.nesterov else v)


class Adagrad(Optimizer):
    memory_names = ("s",)

    def __init__(self, params, lr=0.01, eps=1e-10):
        super().__init__(params, lr)
        self.eps = eps

    def moved(self, x, g):
        self.memory["s"] = s = self.memory["s"] + np.square(g)
        return x - self.lr / (np.sqrt(s) + self.eps) * g


class RMSprop(Optimizer):
    memory_names = ("v",)

    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8):
        super().__init__(params, lr)
        self.alpha, self.eps = alpha, eps

    def moved(self, x, g):
        v = self.memory["v"]
        v += (1 - self.alpha) * (g**2 - v)
        return x - self.lr / (np.sqrt(v) + self.eps) * g


class Adadelta(Optimizer):
    memory_names = ("v", "u")

    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6):
        super().__init__(params, lr)
        self.rho, self.eps = rho, eps

    def moved(self, x, g):
        v, u = self.memory["v"], self.memory["u"]
        v[:] = self.rho * v + (1 - self.rho) * g**2
        update = np.sqrt(u + self.eps) * g / np.sqrt(v + self.eps)
        u[:] = self.rho * u + (1 - self.rho) * update**2
        return x - self.lr * update


class Adam(Optimizer):
    memory_names = ("m", "v", "v_max")

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

    def moved(self, x, g):
        return self.adam(x, g + self.weight_decay * self.decaying * x)

    def adam(self, x, g):
        beta1, beta2 = self.betas
        m, v, v_max = (self.memory[name] for name in self.memory_names)
        m[:] = beta1 * m + (1 - beta1) * g
        v[:] = beta2 * v + (1 - beta2) * g**2
        v_max[:] = np.maximum(v_max, v)
        m_hat = m / (1 - beta1**self.t)
        v_hat = (v_max if self.amsgrad else v) / (1 - beta2**self.t)
        return x - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


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

    def moved(self, x, g):
        x = x - self.lr * self.weight_decay * self.decaying * x
        return self.adam(x, g)


def clip_grad_norm(params, max_norm):
    if max_norm <= 0.0:
        raise ValueError("max_norm is not positive")
    params = list(params)
    norms = [np.linalg.norm(p.grad) for p in params]
    total = float(np.linalg.norm(norms))
    for p in params:
        p.grad = p.grad * min(1.0, max_norm / (total + 1e-6))
    return total
