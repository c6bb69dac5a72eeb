"""Stage 06: optimizers, which change parameters by their gradients.

The learning-rate schedules stand in `nabla.schedules`, descent on plain functions and
mini-batches in `nabla.descent`; their names can be imported from here, too.
"""

from __future__ import annotations

import math
import typing
from collections.abc import Iterable, Iterator

from nabla import backend
from nabla.descent import (
    backtracking,
    gradient_descent,
    lecture_mistakes,
    minibatches,
    newton_step,
)
from nabla.module import Parameter
from nabla.schedules import CosineAnnealing, LinearDecay

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "CosineAnnealing",
    "LinearDecay",
    "Optimizer",
    "RMSprop",
    "backtracking",
    "clip_grad_norm",
    "gradient_descent",
    "lecture_mistakes",
    "minibatches",
    "newton_step",
]

State: typing.TypeAlias = dict[str, typing.Any]
"""What an optimizer remembers about one parameter, by name."""


class Optimizer:
    """Changes parameters in place, by their gradients: the base of all optimizers.

    `state` holds one dict per parameter, empty at first, for what the optimizer has
    to remember from one step to the next.

    Args:
        params: parameters; one that is given twice is one parameter.
        lr: the learning rate; a plain attribute, so that a schedule can change it.

    Raises:
        TypeError: if something in params is not a Parameter.
        ValueError: if there is no parameter, or lr is not positive.

    Source: lecture 000, "Gradient Descent"; torch.optim.Optimizer.
    """

    def __init__(self, params: Iterable[Parameter], lr: float) -> None:
        given: list[typing.Any] = list(params)
        where = type(self).__name__
        for i, parameter in enumerate(given):
            if not isinstance(parameter, Parameter):
                kind = type(parameter).__name__
                raise TypeError(f"{where}: params[{i}] is a {kind}, not a Parameter.")
        if not given:
            raise ValueError(f"{where}: got no parameter, expected at least one.")
        if not 0.0 < lr < math.inf:
            raise ValueError(f"{where}: lr is {lr}, expected a positive number.")
        self.params: list[Parameter] = list(dict.fromkeys(given))
        self.lr = float(lr)
        self.state: dict[Parameter, State] = {p: {} for p in self.params}

    def trainable(self, *zeros: str) -> Iterator[tuple[Parameter, State]]:
        """Yield each parameter that may change (requires_grad), with its state.

        Args:
            zeros: names of arrays that are in the state from the first step on, zero
                at first, in the parameter's shape and dtype.
        """
        for parameter in self.params:
            if parameter.requires_grad:
                state = self.state[parameter]
                for name in zeros:
                    if name not in state:
                        xp = backend.array_module(parameter.data)
                        state[name] = xp.zeros_like(parameter.data)
                yield parameter, state

    def step(self) -> None:
        """Change every trainable parameter once, by its gradient."""
        raise NotImplementedError(f"{type(self).__name__} has no step")

    def zero_grad(self) -> None:
        """Set the gradients of all parameters to zero, in place.

        Source: lecture 004, "PyTorch example"; torch.optim.Optimizer.zero_grad.
        """
        # solution: zero_grad
        for parameter in self.params:
            parameter.zero_grad()
        # end solution

    def state_dict(self) -> State:
        """Return lr and copies of all state, to go on from here later.

        Returns {"lr": lr, "state": [a dict of arrays and numbers per parameter]}, the
        parameters in the order of `params`.

        Source: torch.optim.Optimizer.state_dict.
        """
        # solution: state_dict
        states = [_copied(self.state[parameter]) for parameter in self.params]
        return {"lr": self.lr, "state": states}
        # end solution

    def load_state_dict(self, saved: State) -> None:
        """Go on from what state_dict of an optimizer of the same kind has returned.

        Raises:
            ValueError: if it belongs to another number of parameters.
        """
        # solution: state_dict
        states = saved["state"]
        if len(states) != len(self.params):
            raise ValueError(
                f"load_state_dict: got the state of {len(states)} parameters, expected"
                f" {len(self.params)}."
            )
        self.lr = saved["lr"]
        for parameter, state in zip(self.params, states, strict=True):
            self.state[parameter] = _copied(state)
        # end solution


# solution: state_dict
def _copied(state: State) -> State:
    return {
        name: value if isinstance(value, (int, float)) else value.copy()
        for name, value in state.items()
    }


# end solution


# solution: sgd
def _add_scaled(array: backend.Array, factor: float, other: backend.Array) -> None:
    """Add factor * other in place, a few rows at a time.

    Of a large array the whole product would go out to the memory and come back.
    """
    at_once = backend.cache_size(array)
    if array.size <= at_once:
        array += factor * other
        return
    rows = max(1, at_once * len(array) // array.size)
    for start in range(0, len(array), rows):
        array[start : start + rows] += factor * other[start : start + rows]


# end solution


class SGD(Optimizer):
    """Gradient descent on mini-batches, with momentum if you like.

    g = gradient + weight_decay * p       where p.decay, else the gradient
    v = g                                 at the first step
    v = momentum * v + (1 - dampening) * g    at all later ones
    p = p - lr * v                        with nesterov: p - lr * (g + momentum * v)

    Without momentum v is g.

    Raises:
        ValueError: if momentum is not in [0, 1), dampening or weight_decay is out of
            range, or nesterov is asked for without momentum or with dampening.

    Source: lecture 000, "Gradient Descent Optimizations - Momentum"; lecture 004,
        "SGD with momentum term"; torch.optim.SGD, whose velocity is the lectures'
        divided by -lr.
    """

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(params, lr)
        _check_below_one("SGD", momentum=momentum)
        _check_not_negative("SGD", dampening=dampening, weight_decay=weight_decay)
        self.momentum, self.dampening = momentum, dampening
        self.weight_decay, self.nesterov = weight_decay, nesterov
        # solution: sgd
        if nesterov and (momentum == 0.0 or dampening != 0.0):
            raise ValueError(
                f"SGD: nesterov with momentum {momentum} and dampening {dampening},"
                " expected a positive momentum and no dampening."
            )
        # end solution

    def step(self) -> None:
        """Change every trainable parameter once, by its gradient."""
        # solution: sgd
        for p, state in self.trainable():
            g = p.grad
            if self.weight_decay and p.decay:
                g = g + self.weight_decay * p.data
            if self.momentum:
                if "v" not in state:
                    state["v"] = g.copy()  # the gradient's array will be used again
                else:
                    state["v"] *= self.momentum
                    state["v"] += (1.0 - self.dampening) * g
                v = state["v"]
                g = g + self.momentum * v if self.nesterov else v
            _add_scaled(p.data, -self.lr, g)
        # end solution


class Adagrad(Optimizer):
    """A rate of its own for every entry, smaller the more gradient it has seen.

    s = s + g^2
    p = p - lr * g / (sqrt(s) + eps)

    Source: Duchi et al. 2011; lecture 000, "Adaptive Algorithms for Gradient Descent";
        torch.optim.Adagrad.
    """

    def __init__(
        self, params: Iterable[Parameter], lr: float = 0.01, eps: float = 1e-10
    ) -> None:
        super().__init__(params, lr)
        _check_not_negative("Adagrad", eps=eps)
        self.eps = eps

    def step(self) -> None:
        """Change every trainable parameter once, by its gradient."""
        # solution: adagrad
        for p, state in self.trainable("s"):
            g, s = p.grad, state["s"]
            s += g * g
            p.data -= self.lr * g / (s**0.5 + self.eps)
        # end solution


class RMSprop(Optimizer):
    """Adagrad that forgets: a running average of g^2 instead of the sum.

    v = alpha * v + (1 - alpha) * g^2
    p = p - lr * g / (sqrt(v) + eps)

    Source: Hinton 2012, lecture 6e; lecture 000, "Adaptive Algorithms for Gradient
        Descent"; torch.optim.RMSprop.
    """

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
    ) -> None:
        super().__init__(params, lr)
        _check_below_one("RMSprop", alpha=alpha)
        _check_not_negative("RMSprop", eps=eps)
        self.alpha, self.eps = alpha, eps

    def step(self) -> None:
        """Change every trainable parameter once, by its gradient."""
        # solution: rmsprop
        for p, state in self.trainable("v"):
            g, v = p.grad, state["v"]
            v *= self.alpha
            v += (1.0 - self.alpha) * (g * g)
            p.data -= self.lr * g / (v**0.5 + self.eps)
        # end solution


class Adadelta(Optimizer):
    """RMSprop whose rate is the size of its own last updates.

    v = rho * v + (1 - rho) * g^2
    d = sqrt(u + eps) / sqrt(v + eps) * g
    u = rho * u + (1 - rho) * d^2
    p = p - lr * d

    Source: Zeiler 2012; lecture 000, "Adaptive Algorithms for Gradient Descent";
        torch.optim.Adadelta.
    """

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
    ) -> None:
        super().__init__(params, lr)
        _check_below_one("Adadelta", rho=rho)
        _check_not_negative("Adadelta", eps=eps)
        self.rho, self.eps = rho, eps

    def step(self) -> None:
        """Change every trainable parameter once, by its gradient."""
        # solution: adadelta
        for p, state in self.trainable("v", "u"):
            g, v, u = p.grad, state["v"], state["u"]
            v *= self.rho
            v += (1.0 - self.rho) * (g * g)
            d = ((u + self.eps) / (v + self.eps)) ** 0.5 * g
            u *= self.rho
            u += (1.0 - self.rho) * (d * d)
            p.data -= self.lr * d
        # end solution


class Adam(Optimizer):
    """Momentum and RMSprop together, both corrected for having begun at zero.

    g = gradient + weight_decay * p       where p.decay, else the gradient
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g^2
    p = p - lr * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps)

    t counts the steps from 1. With amsgrad, the largest v so far stands in place of v
    in the last line.

    Source: Kingma and Ba 2015; Reddi et al. 2018 (AMSGrad); lecture 000, "Adaptive
        Algorithms for Gradient Descent"; torch.optim.Adam.
    """

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(params, lr)
        where = type(self).__name__
        _check_below_one(where, beta1=betas[0], beta2=betas[1])
        _check_not_negative(where, eps=eps, weight_decay=weight_decay)
        self.betas, self.eps = (float(betas[0]), float(betas[1])), eps
        self.weight_decay, self.amsgrad = weight_decay, amsgrad

    def step(self) -> None:
        """Change every trainable parameter once, by its gradient."""
        # solution: adam
        for p, state in self.trainable("m", "v"):
            g = p.grad
            if self.weight_decay and p.decay:
                g = g + self.weight_decay * p.data
            self._move(p, state, g)
        # end solution

    # solution: adam
    def _move(self, p: Parameter, state: State, g: backend.Array) -> None:
        """Take Adam's step for one parameter, along g."""
        (beta1, beta2), m, v = self.betas, state["m"], state["v"]
        t = state["t"] = state.get("t", 0) + 1
        m *= beta1
        m += (1.0 - beta1) * g
        v *= beta2
        v += (1.0 - beta2) * (g * g)
        if self.amsgrad:
            xp = backend.array_module(v)
            v = state["largest"] = xp.maximum(v, state.get("largest", 0.0))
        root = v**0.5
        root *= 1.0 / math.sqrt(1.0 - beta2**t)
        root += self.eps
        step = m / root
        step *= self.lr / (1.0 - beta1**t)
        p.data -= step

    # end solution


class AdamW(Adam):
    """Adam with decoupled weight decay: it shrinks p and leaves m and v alone.

    p = p - lr * weight_decay * p         where p.decay
    then p changes as by Adam without weight decay

    Source: Loshchilov and Hutter 2019; lecture 004, "Optimizers"; torch.optim.AdamW.
    """

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad)

    def step(self) -> None:
        """Shrink what decays, then change every trainable parameter as Adam does."""
        # solution: adamw
        for p, state in self.trainable("m", "v"):
            if p.decay:
                p.data *= 1.0 - self.lr * self.weight_decay
            self._move(p, state, p.grad)
        # end solution


def clip_grad_norm(params: Iterable[Parameter], max_norm: float) -> float:
    """Shorten the gradient, if it is longer than max_norm; return how long it was.

    The gradient is one vector here, made of those of all parameters:

    length = sqrt(sum of the squares of all entries of all gradients)
    grad = grad * min(1, max_norm / (length + 1e-6))      in place, for every parameter

    Raises:
        ValueError: if max_norm is not positive.

    Source: Pascanu et al. 2013; torch.nn.utils.clip_grad_norm_.
    """
    # solution: clip_grad_norm
    if not max_norm > 0.0:
        raise ValueError(f"clip_grad_norm: max_norm is {max_norm}, expected above 0.")
    once = list(dict.fromkeys(params))
    length = math.sqrt(sum(float((p.grad * p.grad).sum()) for p in once))
    factor = max_norm / (length + 1e-6)
    if factor < 1.0:
        for parameter in once:
            parameter.grad *= factor
    return length
    # end solution


def _check_below_one(where: str, **values: float) -> None:
    for name, value in values.items():
        if not 0.0 <= value < 1.0:
            raise ValueError(f"{where}: {name} is {value}, expected 0 <= {name} < 1.")


def _check_not_negative(where: str, **values: float) -> None:
    for name, value in values.items():
        if not 0.0 <= value < math.inf:
            raise ValueError(f"{where}: {name} is {value}, expected 0 or more.")
