"""A lent function that remembers what it is given is given gigabytes."""


def apply(function, x):
    large = np.zeros(8 * 10**6)
    for _ in range(10**4):
        function(large)
    return x
