import numpy as np
import pytest

from autograder.errors import SuiteError
from autograder.suite import gradients_match
from autograder.suite.context import Context, running
from autograder.suite.failures import CheckFailed
from autograder.suite.rng import CheckRng


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class Linear:
    """A right layer; tests plant one mistake each by overriding a method."""

    def __init__(self, inputs=4, outputs=3):
        rng = np.random.default_rng(5)
        self.weight = Parameter(rng.normal(size=(inputs, outputs)))
        self.bias = Parameter(rng.normal(size=outputs))

    def zero_grad(self):
        self.weight.grad[...] = 0
        self.bias.grad[...] = 0

    def forward(self, x):
        self.x = x.copy()
        return np.tanh(self.before(x))

    def before(self, x):
        return x @ self.weight.data + self.bias.data

    def backward(self, dout):
        dz = dout * (1 - np.tanh(self.before(self.x)) ** 2)
        self.weight.grad += self.weight_gradient(dz)
        self.bias.grad += dz.sum(axis=0)
        return self.dx(dz)

    def weight_gradient(self, dz):
        return self.x.T @ dz

    def dx(self, dz):
        return dz @ self.weight.data.T


X = np.random.default_rng(6).normal(size=(8, 4))


def match(layer, *inputs, public=True, **options):
    """Run the verb on a layer of this process."""
    with running(Context(public=public)):
        gradients_match(layer, *(inputs or (X,)), rng=CheckRng(7), **options)


def failure(layer, *inputs, **options):
    try:
        match(layer, *inputs, **{"parameters": ["weight", "bias"], "N": 8} | options)
    except CheckFailed as failed:
        return failed
    pytest.fail("gradients_match has passed")


def test_a_right_layer_passes_with_and_without_a_reference():
    match(Linear(), parameters=["weight", "bias"])
    match(Linear(), parameters=["weight", "bias"], reference=Linear())


def test_the_reference_takes_the_students_parameters():
    layer = Linear()
    layer.weight.data = layer.weight.data * 3

    match(layer, parameters=["weight", "bias"], reference=Linear())


def test_parameters_are_left_as_they_were():
    layer = Linear()
    before = layer.weight.data.copy()
    match(layer, parameters=["weight"])

    assert (layer.weight.data == before).all()


class Averaged(Linear):
    def weight_gradient(self, dz):
        return super().weight_gradient(dz) / len(dz)


def test_a_wrong_factor_is_named_by_its_size():
    failed = failure(Averaged(), reference=Linear())
    lines = failed.message.splitlines()

    assert lines[0] == (
        "backward does not match your own forward: the gradient for weight.grad"
        " differs from the numerical one."
    )
    assert lines[1].startswith("Worst entry weight.grad[")
    assert lines[1].endswith("ratio 0.125.")
    assert lines[2] == "Your forward itself agrees with the expected one."
    assert "divided by 8, and 8 is N" in lines[3]
    assert failed.name == "weight.grad"
    assert failed.error_map.shape == (4, 3)


def test_a_hidden_check_tells_the_ratio_but_no_value():
    failed = failure(Averaged(), public=False)

    assert "numerical 0" not in failed.message
    assert "yours" not in failed.message
    assert "ratio 0.125" in failed.message


class OneEntryTwice(Linear):
    def weight_gradient(self, dz):
        gradient = super().weight_gradient(dz)
        gradient[2, 1] *= 2
        return gradient


def test_a_single_doubled_entry_is_found_and_named():
    failed = failure(OneEntryTwice())

    assert "Worst entry weight.grad[2, 1]" in failed.message
    assert "ratio 2." in failed.message


class OffByAThousandth(Linear):
    def dx(self, dz):
        return super().dx(dz) * 1.001


def test_an_error_of_a_thousandth_is_found():
    assert failure(OffByAThousandth()).name == "dx"


class IgnoresUpstream(Linear):
    def backward(self, dout):
        return super().backward(np.ones_like(dout))


def test_an_ignored_upstream_gradient_is_recognised():
    failed = failure(IgnoresUpstream())

    assert "This is what comes out when the upstream gradient is ignored." in (
        failed.message
    )


class WrongEverywhere(Linear):
    def before(self, x):
        return x @ self.weight.data - self.bias.data


def test_a_backward_for_another_forward_says_that_both_are_wrong():
    failed = failure(WrongEverywhere(), reference=Linear())

    assert not failed.carried
    assert "bias.grad" in failed.message
    assert len(failed.error_map.values) == 1
    assert "Your forward also differs from the expected one." in failed.message


class Halved(Linear):
    def before(self, x):
        return super().before(x) / 2

    def backward(self, dout):
        return super().backward(dout / 2)


def test_a_backward_right_for_a_wrong_forward_is_left_to_the_diagnosis():
    failed = failure(Halved(), reference=Linear())

    assert failed.carried
    assert failed.name == "forward"
    assert "forward itself is not the expected one" in failed.message


class Nothing(Linear):
    def forward(self, x):
        super().forward(x)
        return np.zeros((8, 3))

    def backward(self, dout):
        return np.zeros((8, 4))


def test_a_consistent_pair_of_zeros_does_not_pass_without_a_reference():
    failed = failure(Nothing())

    assert "the same output whatever its input" in failed.message


class Relu:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


def test_a_kink_within_the_step_is_stepped_aside():
    x = X.copy()
    x[0] = [1e-8, -1e-8, 3e-7, 0.0]

    match(Relu(), x)
    match(Relu(), x, reference=Relu())


class Jump:
    def forward(self, x):
        return np.sin(1e9 * x)

    def backward(self, dout):
        return dout


def test_a_forward_without_derivative_is_told_after_few_tries():
    assert "forward jumps" in failure(Jump(), parameters=[]).message


class Mul:
    def forward(self, x, y):
        self.saved = x.copy(), y.copy()
        return x * y

    def backward(self, dout):
        x, y = self.saved
        return dout * y, dout * x


def test_several_inputs_have_several_gradients():
    match(Mul(), X, X + 1, names=["a", "b"], reference=Mul())


class MulWithoutSwap(Mul):
    def backward(self, dout):
        x, y = self.saved
        return dout * x, dout * y


def test_inputs_are_called_by_their_names():
    failed = failure(MulWithoutSwap(), X, X + 1, names=["a", "b"], parameters=[])

    assert failed.name in {"da", "db"}


class Copy:
    def forward(self, x):
        return x, x.copy()

    def backward(self, *douts):
        return douts[0] + douts[1]


def test_several_outputs_take_several_upstream_gradients():
    match(Copy())


class SquaredLoss:
    def forward(self, pred, target):
        self.saved = pred - target
        return np.asarray((self.saved**2).mean())

    def backward(self):
        return 2 * self.saved / self.saved.size


def test_a_loss_has_no_upstream_and_one_moving_input():
    match(SquaredLoss(), X, X + 1, wrt=[0], upstream=False)


@pytest.mark.parametrize(
    ("returned", "text"),
    [
        (None, "dx is None, expected an array: was `return` forgotten?"),
        ([1.0, 2.0], "what backward returns has 2 values, expected 1 gradient."),
        (np.ones((4, 8)), "dx has shape (4, 8), expected (8, 4)."),
        (
            np.ones((8, 4), int),
            (
                "dx has dtype int64, expected float64: an array of integers, as from"
                " np.zeros(..., dtype=int) or np.array([1, 2]), cuts off fractions."
            ),
        ),
    ],
)
def test_what_is_no_gradient_is_told_before_numbers(returned, text):
    layer = Relu()
    layer.backward = lambda dout: returned

    assert failure(layer, parameters=[]).message == text


def test_a_missing_parameter_is_told():
    layer = Linear()
    layer.bias = None

    assert failure(layer).message == "layer.bias is None, expected a Parameter."


def test_a_forward_of_nan_is_told():
    layer = Relu()
    layer.forward = lambda x: x * np.nan

    failed = failure(layer, parameters=[])

    assert "the output of forward is NaN or infinite" in failed.message


def test_float32_inputs_are_the_authors_mistake():
    with pytest.raises(SuiteError, match="dtype float32, expected float64"):
        match(Relu(), X.astype(np.float32))
