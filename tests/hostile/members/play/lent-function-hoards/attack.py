"""A lent function that remembers what it is given is given gigabytes."""

_MOST = 100_000_000


def apply(function, x):
    """Hand over a large array, again and again."""
    large, given = np.zeros(250_000), 0
    for _ in range(10**4):
        function(large)
        given += large.nbytes
        if _MOST < given <= _MOST + large.nbytes:
            print(f"LOOT: room for {given} bytes on the host")
    return x
