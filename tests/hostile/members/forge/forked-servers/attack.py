"""Two processes answer each question on the same line: one of them may be believed."""

import os


def total(x):
    for _ in range(3):
        if os.fork() == 0:
            return float(os.getpid())
    return 0.0


def apply(function, x):
    os.fork()
    return function(x) + function(-x) * 0
