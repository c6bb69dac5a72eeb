"""The worked numbers of the handout: practice, without points.

The graded checks use other numbers, other shapes and other dtypes.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close

START = np.array([1.0, -1.0])
GRADIENTS = np.array(
    [[1.0, -2.0], [10.0, 0.5], [0.1, -0.1], [-0.5, 3.0], [0.0, 0.0], [0.2, -0.2]]
)


def follows(student, name, wanted, rates=None, **options):
    """Compare the parameter with the worked numbers after some of six steps."""
    p = student.module.Parameter(START)
    optimizer = getattr(student.optimizers, name)([p], **options)
    for k, g in enumerate(GRADIENTS, start=1):
        if rates:
            optimizer.lr = rates[k - 1]
        p.grad = g
        optimizer.step()
        if k in wanted:
            close(p.data, np.array(wanted[k]), name=f"data after step {k}")


@check(exercise="sgd")
def test_worked_sgd(student):
    """SGD with lr 0.1 goes to (0.9, -0.8), (-0.1, -0.85), (-0.11, -0.84)."""
    wanted = {1: (0.9, -0.8), 2: (-0.1, -0.85), 3: (-0.11, -0.84), 6: (-0.08, -1.12)}
    follows(student, "SGD", wanted, lr=0.1)


@check(exercise="sgd")
def test_worked_momentum(student):
    """SGD with momentum gives the worked numbers, at a constant rate and not."""
    wanted = {1: (0.9, -0.8), 2: (-0.19, -0.67), 3: (-1.181, -0.543)}
    wanted[6] = (-3.482549, -1.026247)
    follows(student, "SGD", wanted, lr=0.1, momentum=0.9)
    rates = (0.1, 0.1, 0.01, 0.01, 0.01, 0.01)
    wanted = {3: (-0.2891, -0.6573), 6: (-0.5192549, -0.7056247)}
    follows(student, "SGD", wanted, rates, lr=0.1, momentum=0.9)


@check(exercise="sgd")
def test_worked_nesterov(student):
    """SGD with nesterov=True, with dampening, and with weight decay."""
    wanted = {1: (0.81, -0.62), 2: (-1.171, -0.553), 3: (-2.0729, -0.4287)}
    follows(student, "SGD", wanted, lr=0.1, momentum=0.9, nesterov=True)
    wanted = {1: (0.9, -0.8), 2: (0.31, -0.645), 6: (-1.475554, -0.5445645)}
    follows(student, "SGD", wanted, lr=0.1, momentum=0.9, dampening=0.5)
    wanted = {1: (0.899, -0.799), 2: (-0.192799, -0.667301)}
    wanted[6] = (-3.480406368330861, -1.0122804279392397)
    follows(student, "SGD", wanted, lr=0.1, momentum=0.9, weight_decay=0.01)


@check(exercise="zero_grad")
def test_worked_zero_grad(student):
    """zero_grad leaves zeros in the gradient's array."""
    p = student.module.Parameter(START)
    p.grad = GRADIENTS[0]
    student.optimizers.Optimizer([p], 0.1).zero_grad()
    close(p.grad, np.zeros(2), name="grad")


@check(exercise="adagrad")
def test_worked_adagrad(student):
    """Adagrad with lr 0.1 gives the worked numbers."""
    wanted = {
        1: (0.90000000001, -0.900000000005),
        2: (0.8004962809899911, -0.9242535625074568),
        3: (0.7995012930554003, -0.9194085466765765),
        6: (0.8024829622465428, -0.9963097171605569),
    }
    follows(student, "Adagrad", wanted, lr=0.1)


@check(exercise="rmsprop")
def test_worked_rmsprop(student):
    """RMSprop with lr 0.1 and alpha 0.9 gives the worked numbers."""
    wanted = {
        1: (0.6837722439831617, -0.683772238983162),
        2: (0.36895796996396263, -0.7643545340869987),
        3: (0.365639718843012, -0.7473907557811691),
        6: (0.3753431856561916, -0.999670492954538),
    }
    follows(student, "RMSprop", wanted, lr=0.1, alpha=0.9)


@check(exercise="adadelta")
def test_worked_adadelta(student):
    """Adadelta with its defaults gives the worked numbers."""
    wanted = {
        1: (0.9968377381511013, -0.9968377262926713),
        2: (0.9923856033285086, -0.997977329865012),
        3: (0.992320223330223, -0.9977356414670807),
        6: (0.992514430020124, -1.001171369564927),
    }
    follows(student, "Adadelta", wanted)


@check(exercise="adam")
def test_worked_adam(student):
    """Adam with lr 0.1 gives the worked numbers, also with a beta2 of 0.9."""
    wanted = {
        1: (0.900000001, -0.9000000005),
        2: (0.8192912258322912, -0.8530531837013348),
        3: (0.7562702671576875, -0.8137077981048513),
        6: (0.6299789768827547, -0.8871166579310236),
    }
    follows(student, "Adam", wanted, lr=0.1)
    wanted = {
        2: (0.8212765518595185, -0.8519341995056374),
        3: (0.7581083870848896, -0.8105493226533046),
        6: (0.6246010102456357, -0.8834867887372088),
    }
    follows(student, "Adam", wanted, lr=0.1, betas=(0.9, 0.9))


@check(exercise="adam")
def test_worked_amsgrad(student):
    """Adam with amsgrad and a beta2 of 0.9 gives the worked numbers."""
    wanted = {
        1: (0.900000001, -0.9000000005),
        2: (0.8212765518595185, -0.8528440445678491),
        3: (0.7613466694962723, -0.8142705419441941),
        6: (0.6465923108810214, -0.8840418702503967),
    }
    follows(student, "Adam", wanted, lr=0.1, betas=(0.9, 0.9), amsgrad=True)


@check(exercise="adam")
def test_worked_adam_with_weight_decay(student):
    """Adam with a weight decay of 0.01 gives the worked numbers."""
    wanted = {
        1: (0.900000000990099, -0.9000000004975124),
        2: (0.8192379332309677, -0.8525767383631013),
        6: (0.629410434929849, -0.884461918209257),
    }
    follows(student, "Adam", wanted, lr=0.1, weight_decay=0.01)


@check(exercise="adamw", needs=["worked_adam"])
def test_worked_adamw(student):
    """AdamW with lr 0.1 and a weight decay of 0.01 gives the worked numbers."""
    wanted = {
        1: (0.899000001, -0.8990000005),
        2: (0.8173922258312912, -0.8511541837008347),
        3: (0.7535538749308562, -0.8109576439206504),
        6: (0.6251426076394155, -0.8818517330161348),
    }
    follows(student, "AdamW", wanted, lr=0.1, weight_decay=0.01)


def optimizer_of(student, lr):
    """Return an optimizer that has a learning rate and nothing to do."""
    p = student.module.Parameter(START)
    return student.optimizers.Optimizer([p], lr)


@check(exercise="linear_decay")
def test_worked_linear_decay(student):
    """LinearDecay goes from 0.1 to 0.01 in ten steps and stays there."""
    optimizer = optimizer_of(student, 0.1)
    schedule = student.schedules.LinearDecay(optimizer, 0.01, 10)
    wanted = (0.091, 0.082, 0.073, 0.064, 0.055, 0.046, 0.037, 0.028, 0.019)
    for k, rate in enumerate((*wanted, 0.01, 0.01, 0.01), start=1):
        close(schedule.step(), rate, name=f"the rate of step {k}")
        close(optimizer.lr, rate, name=f"optimizer.lr after step {k}")


@check(exercise="minibatches")
def test_worked_minibatches(student):
    """minibatches() cuts ten samples into batches of 4, 4 and 2."""
    found = list(student.descent.minibatches(10, 4, rng=7))
    close([len(batch) for batch in found], [4, 4, 2], name="sizes of the batches")
    close(np.sort(np.concatenate(found)), np.arange(10), name="all indices, sorted")


@check(exercise="gradient_descent")
def test_worked_gradient_descent(student):
    """gradient_descent walks down the canyon (x^2 + 25 y^2) / 2 from (5, 1)."""
    slopes, start = np.array([1.0, 25.0]), np.array([5.0, 1.0])
    f_grad = student.lend(lambda x: slopes * x)
    call = student.descent.gradient_descent
    way = call(f_grad, start, 0.07, 10)
    close(way[1], np.array([4.65, -0.75]), name="the point after step 1")
    height = float(slopes @ way[10] ** 2) / 2
    close(height, 2.967626070019071, name="the height after step 10")
    way = call(f_grad, start, 0.08, 3)
    close(way[:, 1], np.array([1.0, -1.0, 1.0, -1.0]), name="y with lr 2/25")


@check(exercise="newton_step")
def test_worked_newton(student):
    """newton_step: the canyon in one step, x^4 by thirds, the root of x^2 - 2."""
    call, slopes = student.descent.newton_step, np.array([1.0, 25.0])
    x = np.array([5.0, 1.0])
    found = call(x, slopes * x, np.diag(slopes))
    close(found, np.zeros(2), name="theta in the canyon", atol=1e-12)
    x = np.array([3.0])
    for wanted in (2.0, 4 / 3, 8 / 9):
        x = call(x, 4 * x**3, np.diag(12 * x**2))
        close(x, np.array([wanted]), name="theta for x^4")
    x = np.array([1.0])
    for wanted in (1.5, 1.4166666666666667, 1.4142156862745099, 1.4142135623746899):
        x = call(x, x**2 - 2, np.diag(2 * x))
        close(x, np.array([wanted]), name="theta for x^2 - 2")


@check(exercise="backtracking")
def test_worked_backtracking(student):
    """backtracking() finds 1/16 in the canyon at (5, 1)."""
    slopes, x = np.array([1.0, 25.0]), np.array([5.0, 1.0])
    f = student.lend(lambda x: float(slopes @ x**2) / 2)
    found = student.descent.backtracking(f, x, slopes * x)
    close(float(found), 0.0625, name="lr")


@check(exercise="mistakes")
def test_lecture_mistakes_has_four_numbers(student):
    """lecture_mistakes returns a number for each of the four claims."""
    found = student.descent.lecture_mistakes()
    keys = sorted(found)
    close(keys, ["adadelta", "amsgrad", "plane", "precision"], name="the keys")
    for key in keys:
        number = isinstance(found[key], (int, float, np.number))
        close(number, expected=True, name=f"whether {key!r} is a number")


@check(exercise="clip_grad_norm")
def test_worked_clip_grad_norm(student):
    """clip_grad_norm shortens (3, 4) and (12,) from 13 to almost 1."""
    first = student.module.Parameter(np.zeros(2))
    second = student.module.Parameter(np.zeros(1))
    first.grad, second.grad = np.array([3.0, 4.0]), np.array([12.0])
    found = student.optimizers.clip_grad_norm([first, second], 1.0)
    close(float(found), 13.0, name="the length before")
    close(first.grad, np.array([3.0, 4.0]) / 13.000001, name="the first gradient")
    close(second.grad, np.array([12.0]) / 13.000001, name="the second gradient")


@check(exercise="cosine_annealing")
def test_worked_cosine_annealing(student):
    """CosineAnnealing goes from 0.1 to 0 in four steps and stays there."""
    optimizer = optimizer_of(student, 0.1)
    schedule = student.schedules.CosineAnnealing(optimizer, 0.0, 4)
    wanted = (0.08535533905932738, 0.05, 0.014644660940672627, 0.0, 0.0)
    for k, rate in enumerate(wanted, start=1):
        close(schedule.step(), rate, name=f"the rate of step {k}", atol=1e-9)
        close(optimizer.lr, rate, name=f"optimizer.lr after step {k}", atol=1e-9)


@check(exercise="state_dict")
def test_worked_state_dict(student):
    """state_dict returns the rate, and one dict for every parameter."""
    optimizer = optimizer_of(student, 0.1)
    close(optimizer.state_dict(), {"lr": 0.1, "state": [{}]}, name="the state")
    optimizer.load_state_dict({"lr": 0.05, "state": [{}]})
    close(optimizer.lr, 0.05, name="lr after loading")
