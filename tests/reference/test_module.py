import copy
import pickle

import numpy as np
import pytest

from nabla import backend
from nabla.module import Module, Parameter


def parameter(*shape):
    return Parameter(backend.asarray(np.ones(shape)))


class Pair(Module):
    def __init__(self, first, second):
        self.first = first
        self.second = second


class Leaf(Module):
    def __init__(self, *shape):
        self.weight = parameter(*shape)

    def forward(self, x):
        return x + 1


def test_a_parameter_copies_its_data(xp):
    data = xp.asarray(np.ones(3))
    made = Parameter(data, "weight")
    data[0] = 5.0

    assert float(made.data.sum()) == 3.0
    assert (made.name, made.decay, made.requires_grad) == ("weight", True, True)


def test_a_gradient_begins_as_zeros_and_returns_to_zeros(xp):
    made = Parameter(xp.asarray(np.ones((2, 3), np.float32)))
    grad = made.grad
    made.grad += 2.0
    made.zero_grad()

    assert made.grad is grad
    assert (grad.shape, grad.dtype) == ((2, 3), np.float32)
    assert not backend.to_numpy(grad).any()


@pytest.mark.parametrize("data", [[1.0], 1.0, np.arange(3), np.ones(2, complex)])
def test_a_parameter_wants_an_array_of_floats(data):
    with pytest.raises(TypeError, match=r"Parameter: data .* expected"):
        Parameter(data)


def test_parameters_are_found_in_every_container_in_order(xp):
    a, b, c, d = (Leaf(n) for n in range(1, 5))
    tree = Pair([a, None, (b,)], {"x": c, 3: [d]})

    assert tree.parameters() == [m.weight for m in (a, b, c, d)]


def test_a_shared_object_is_listed_once(xp):
    leaf = Leaf(2)

    assert Pair(leaf, [leaf, leaf.weight]).parameters() == [leaf.weight]


def test_modules_in_a_circle_are_no_problem():
    first, second = Leaf(1), Leaf(2)
    first.next, second.next = second, first

    assert first.parameters() == [first.weight, second.weight]


def test_what_is_saved_for_backward_is_not_searched():
    module = Leaf(1)
    module.saved = [(Leaf(2), None)]

    assert module.parameters() == [module.weight]


def test_train_and_eval_reach_every_module():
    inner = Leaf(1)
    tree = Pair([inner], {"again": Pair(inner, None)})

    assert tree.eval() is tree
    assert not inner.training
    assert not tree.second["again"].training
    assert tree.train() is tree
    assert inner.training


def test_zero_grad_reaches_every_parameter():
    tree = Pair([Leaf(2)], Leaf(3))
    for found in tree.parameters():
        found.grad += 1.0
    tree.zero_grad()

    assert all(not found.grad.any() for found in tree.parameters())


def test_calling_a_module_is_forward():
    assert Leaf(1)(1) == 2


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Pair has no forward"):
        Pair(1, 2)(3)


@pytest.mark.parametrize(
    ("owner", "name", "meant"),
    [(Leaf(1), "wieght", "weight"), (parameter(1), "gard", "grad")],
)
def test_an_unknown_attribute_names_what_was_meant(owner, name, meant):
    with pytest.raises(AttributeError, match=rf"no attribute '{name}'. .* {meant}\?"):
        getattr(owner, name)


def test_modules_can_be_copied_and_pickled():
    tree = Pair(Leaf(1), [Leaf(2)])
    copies = [copy.deepcopy(tree), pickle.loads(pickle.dumps(tree))]

    assert all(len(twin.parameters()) == 2 for twin in copies)
