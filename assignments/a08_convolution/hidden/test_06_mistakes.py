"""Find the mistake in the lecture: one number per slide."""

from __future__ import annotations

from autograder.suite import check, close, hint


def compare(student, key, expected):
    """Compare one number; whole numbers may come as int or float."""
    found = student.convolution.lecture_mistakes()
    close(key in found, expected=True, name=f"whether there is a key {key!r}")
    close(float(found[key]), float(expected), name=key)


@check(points=1, exercise="mistakes")
def test_mistakes_pixels_moved(student):
    """lecture_mistakes says by how many pixels the map moves."""
    hint("The map moves with its input; a stride counts its pixels in larger steps.")
    compare(student, "pixels_moved", 3)


@check(points=1, exercise="mistakes")
def test_mistakes_layer_parameters(student):
    """lecture_mistakes counts the kernels of a layer with many channels."""
    hint("Every pair of an input and an output channel has a kernel of its own.")
    compare(student, "layer_parameters", 4640)


@check(points=1, exercise="mistakes")
def test_mistakes_dense_weights(student):
    """lecture_mistakes counts the fully connected layer with as many outputs."""
    hint("Without padding there are fewer outputs than inputs.")
    compare(student, "dense_weights", 672)


@check(points=1, exercise="mistakes")
def test_mistakes_alexnet_first(student):
    """lecture_mistakes counts the parameters of the first AlexNet."""
    hint("A kernel that sees half of the channels has half of the weights.")
    compare(student, "alexnet_first", 60_965_224)


@check(points=1, exercise="mistakes")
def test_mistakes_alexnet_later(student):
    """lecture_mistakes counts the parameters of the later AlexNet."""
    hint("Add up five convolutions and three dense layers, with their biases.")
    compare(student, "alexnet_later", 61_100_840)
