"""The worked numbers of the lectures: practice, without points.

The graded checks use other numbers, other shapes and other dtypes. The mistakes on the
slides have no public check: it would give them away.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close
from autograder.suite.failures import StudentRaised

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([[0.0], [1.0], [1.0], [0.0]])


def network(student, *modules):
    """Return an MLP of the student through which these modules are strung."""
    model = student.backprop.MLP((2, 1))
    model.layers = [student.lend_module(module) for module in modules]
    return model


class Affine:
    """x W + b, living with the grader."""

    def __init__(self, W, b):
        self.W, self.b = np.array(W), np.array(b)

    def forward(self, x):
        """Return x W + b."""
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        """Return dout W^T; keep the gradients."""
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class ReLU:
    """max(x, 0) with slope 0 at 0, living with the grader."""

    def forward(self, x):
        """Return max(x, 0)."""
        self.on = x > 0
        return x * self.on

    def backward(self, dout):
        """Return dout where x > 0."""
        return dout * self.on


def xor_parts():
    """Return the modules of the lecture's XOR network."""
    hidden = Affine([[1.0, 1.0], [1.0, 1.0]], [0.0, -1.0])
    return hidden, ReLU(), Affine([[1.0], [-2.0]], [0.0])


@check(exercise="mlp_backprop")
def test_worked_mlp_backprop(student):
    """mlp_backprop gives the handout's numbers, where the listing gives others."""
    one = [np.array([[value]]) for value in (2.0, 1.0, 0.5, 3.0)]
    found = student.backprop.mlp_backprop(*one)
    expected = (2.0, np.array([[12.0]]), np.array([[2.0]]))
    close(found, expected, name="the loss, dWh, dWo of one number")
    x, y = np.array([[1.0, -2.0]]), np.array([[1.0]])
    Wh, Wo = np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([[0.5], [-0.6]])
    found = student.backprop.mlp_backprop(x, y, Wh, Wo)
    expected = (
        0.39605,
        np.array([[-0.445, 0.534], [0.89, -1.068]]),
        np.array([[0.445], [0.534]]),
    )
    close(found, expected, name="the loss, dWh, dWo")


@check(exercise="two_sigmoid_chain")
def test_worked_two_sigmoid_chain(student):
    """two_sigmoid_chain gives the handout's z and its five derivatives."""
    z, grad = student.backprop.two_sigmoid_chain(x=2.0, a=0.5, b=-0.25, c=1.5, d=0.1)
    close(z, 0.753760130648301, name="z")
    expected = {
        "a": 0.12132772134575577,
        "b": 0.060663860672877885,
        "c": 0.12605950315009956,
        "d": 0.18560579609335717,
        "x": 0.030331930336438943,
    }
    close(grad, expected, name="grad")


@check(exercise="sgd_update")
def test_worked_sgd_update(student):
    """sgd_update with lr = 0.1 turns Wh and Wo of the handout into the next ones."""
    Wh, Wo = np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([[0.5], [-0.6]])
    dWh = np.array([[-0.445, 0.534], [0.89, -1.068]])
    dWo = np.array([[0.445], [0.534]])
    found = student.backprop.sgd_update([Wh, Wo], [dWh, dWo], 0.1)
    expected = [
        np.array([[0.1445, 0.1466], [0.211, 0.5068]]),
        np.array([[0.4555], [-0.6534]]),
    ]
    close(found, expected, name="Wh, Wo")


@check(exercise="three_two_one")
def test_worked_three_two_one(student):
    """three_two_one gives the lecture's example, corrected, and its gradients."""
    found = student.backprop.three_two_one()
    for name, expected in (
        ("a1", np.array([0.78, 0.66])),
        ("h", np.array([0.6856801139382539, 0.6592603884513855])),
        ("a2", 1.0990383837877231),
        ("out", 0.7500798843241387),
        ("dW1", np.array([0.1285376294415127, 0.12358498634227971])),
        ("db2", 0.1874600514564254),
        ("db1", np.array([0.012120579912210962, 0.0378992702155583])),
        (
            "dx",
            np.array([0.031070215019990112, 0.04790324024111215, 0.018334622916208985]),
        ),
    ):
        close(found[name], expected, name=name)
    dW0 = np.array([0.4, 0.2, 0.2])[:, None] * np.array(
        [0.012120579912210962, 0.0378992702155583]
    )
    close(found["dW0"], dW0, name="dW0")
    half = student.backprop.three_two_one(loss="half")
    close(half["loss"], 0.031230032109717934, name="loss, half")
    close(half["db2"], -0.04685003774459274, name="db2, half")
    bce = student.backprop.three_two_one(loss="bce")
    close(bce["loss"], 0.2875755656916423, name="loss, bce")
    close(bce["db2"], -0.24992011567586125, name="db2, bce")


@check(exercise="mlp/init")
def test_worked_mlp_init(student):
    """MLP((3, 4, 4, 1)) has three affine layers with 41 numbers, two activations."""
    model = student.backprop.MLP((3, 4, 4, 1))
    close(len(model.layers), 5, name="the number of layers")
    found = model.parameters()
    close([p.name for p in found], ["W1", "b1", "W2", "b2", "W3", "b3"], name="names")
    close(sum(p.data.size for p in found), 41, name="the number of numbers")


@check(exercise="mlp/forward", needs=["mlp/init"])
def test_worked_mlp_forward(student):
    """MLP.forward gives 0, 1, 1, 0 for the lecture's XOR network."""
    close(network(student, *xor_parts()).forward(X), XOR, name="y")


@check(exercise="mlp/backward", needs=["mlp/init", "mlp/forward"])
def test_worked_mlp_backward(student):
    """MLP.backward gives the XOR network's gradients: ReLU'(0) = 0 counts here."""
    parts = xor_parts()
    model = network(student, *parts)
    model.forward(X)
    dx = model.backward(np.ones((4, 1)))
    expected = np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 1.0], [-1.0, -1.0]])
    close(dx, expected, name="dx")
    close(parts[0].dW, np.array([[2.0, -2.0], [2.0, -2.0]]), name="dW1")
    close(parts[0].db, np.array([3.0, -2.0]), name="db1")


@check(exercise="xor_relu_network", needs=["mlp/init"])
def test_worked_xor_relu_network(student):
    """xor_relu_network has the lecture's numbers, W1 and b1 first."""
    found = [p.data for p in student.backprop.xor_relu_network().parameters()]
    expected = [np.ones((2, 2)), np.array([0.0, -1.0])]
    close(found[:2], expected, name="W1, b1")
    close(found[2:], [np.array([[1.0], [-2.0]]), np.array([0.0])], name="W2, b2")


class Slope:
    """Hands everything on; backward multiplies by a sign, the place for a bug."""

    def __init__(self, sign=1.0):
        self.sign = sign

    def forward(self, x):
        """Return x."""
        return x

    def backward(self, dout):
        """Return the sign times dout."""
        return self.sign * dout


def line(student, sign=1.0):
    """Return 0.5 x + 0.1 of the student's Linear; -1 is the sign of lecture 003."""
    layer = student.layers.Linear(1, 1, init="zeros")
    layer.weight = student.module.Parameter(np.array([[0.5]]), "w")
    layer.bias = student.module.Parameter(np.array([0.1]), "b", decay=False)
    return student.layers.Sequential(layer, student.lend_module(Slope(sign)))


class HalfSquare:
    """1/2 sum (pred - target)^2."""

    def forward(self, pred, target):
        """Return the loss."""
        self.rest = pred - target
        return 0.5 * float((self.rest**2).sum())

    def backward(self):
        """Return its gradient."""
        return self.rest


POINT = np.array([[2.0]]), np.array([[3.0]])


@check(exercise="loss_and_grads")
def test_worked_loss_and_grads(student):
    """loss_and_grads gives 1.805, -3.8, -1.9 for lecture 003's graph (your Linear)."""
    model, loss = line(student), student.lend_module(HalfSquare())
    value, grads = student.backprop.loss_and_grads(model, loss, *POINT)
    close(value, 1.805, name="the loss")
    close(grads, [np.array([[-3.8]]), np.array([-1.9])], name="dw, db")
    w = model.parameters()[0].data
    close(w, np.array([[0.5]]), name="w afterwards")


@check(exercise="gradient_check", needs=["loss_and_grads"])
def test_worked_gradient_check(student):
    """gradient_check passes lecture 003's graph, not with the slide's sign."""
    for sign, expected in ((1.0, True), (-1.0, False)):
        model, loss = line(student, sign), student.lend_module(HalfSquare())
        report = student.backprop.gradient_check(model, loss, *POINT)
        close(report.ok, expected=expected, name="ok")
        close(report.checked, 2, name="checked")


@check(exercise="layer_errors")
def test_worked_layer_errors(student):
    """layer_errors gives Eh = (-0.445, 0.534) and Eo = -0.89 (your own Linear)."""
    layers = []
    for W in ([[0.1, 0.2], [0.3, 0.4]], [[0.5], [-0.6]]):
        weight = np.array(W)
        layer = student.layers.Linear(*weight.shape, init="zeros")
        layer.weight = student.module.Parameter(weight)
        layers.append(layer)
    model, loss = student.layers.Sequential(*layers), HalfSquare()
    x, y = np.array([[1.0, -2.0]]), np.array([[1.0]])
    lent = student.lend_module(loss)
    found = student.backprop.layer_errors(model, lent, x, y)
    close(found, [np.array([[-0.445, 0.534]]), np.array([[-0.89]])], name="Eh, Eo")


def logistic(student):
    """Return the student's model with w = (2, -1) and b = 0.5."""
    model = student.backprop.LogisticRegression(2)
    model.linear.weight = student.module.Parameter(np.array([[2.0], [-1.0]]))
    model.linear.bias = student.module.Parameter(np.array([0.5]), decay=False)
    return model


@check(exercise="logistic/forward")
def test_worked_logistic_forward(student):
    """LogisticRegression.forward gives the logit 0.3 (with your own Linear)."""
    close(logistic(student).forward(np.array([[0.3, 0.8]])), np.array([0.3]), name="z")


@check(exercise="logistic/backward", needs=["logistic/forward"])
def test_worked_logistic_backward(student):
    """LogisticRegression.backward turns dz = -0.42556 into dw (your own Linear)."""
    model = logistic(student)
    model.forward(np.array([[0.3, 0.8]]))
    model.backward(np.array([-0.42555748318834097]))
    expected = np.array([[-0.12766724495650228], [-0.3404459865506728]])
    close(model.linear.weight.grad, expected, name="linear.weight.grad")


@check(exercise="logistic/predict")
def test_worked_logistic_predict(student):
    """LogisticRegression.predict gives 1 for the logit 0.3, 0 for -0.2."""
    found = logistic(student).predict(np.array([[0.3, 0.8], [0.3, 1.3]]))
    close(found, np.array([1, 0]), name="the class")


@check(exercise="own_tests")
def test_worked_own_tests(student):
    """check_layer passes a right layer, and raises for one that returns zeros."""
    for factor in (1.0, 0.0):
        rejected = False
        make = student.lend_module(Maker(student, factor))
        try:
            student.backprop.check_layer(make, student.generator(7))
        except StudentRaised as exc:
            if exc.type == "NotImplementedError" or factor:
                raise
            rejected = True
        close(rejected, expected=factor == 0.0, name="whether it is rejected")


class Maker:
    """Called as make(W, b), which is forward: returns a layer of the grader."""

    def __init__(self, student, factor):
        self.student, self.factor = student, factor

    def forward(self, W, b):
        """Return a fresh layer."""
        return self.student.lend_module(Whole(W, b, self.factor))

    def backward(self, dout):
        """There is nothing to differentiate."""


class Whole:
    """An affine layer as check_layer's docstring describes it."""

    def __init__(self, W, b, factor):
        self.W, self.b = W * W.dtype.type(factor), b * b.dtype.type(factor)
        self.x = None

    def forward(self, x):
        """Return x W + b."""
        if x.dtype.kind != "f":
            raise TypeError("x holds no floats")
        if x.ndim != 2 or x.shape[1] != len(self.W):
            raise ValueError("x does not fit W")
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        """Return dx, dW and db."""
        if self.x is None:
            raise RuntimeError("backward was called before forward")
        if dout.shape != (len(self.x), self.W.shape[1]):
            raise ValueError("dout does not have the shape of y")
        return dout @ self.W.T, self.x.T @ dout, dout.sum(axis=0)
