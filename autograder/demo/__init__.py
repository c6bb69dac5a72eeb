"""A class of pretend students, for the demo and for tests of the whole way."""

from autograder.demo.inbox import Student, make_class

__all__ = ["Student", "make_class"]
