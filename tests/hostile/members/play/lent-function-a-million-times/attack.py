"""A lent function is called a million times, each time with something else."""


def apply(function, x):
    value = 0.0
    for number in range(10**6):
        value = function(x + number)
    return value
