"""Memory that was never written is searched for what its last owner left in it."""

import mmap

_words = (b"marmalade-in" + b"-the", b"marzipan-" + b"under-the")
_words += (b"the-course" + b"-secret-", b"work-of-the" + b"-neighbour")


def _search(memory):
    for word in _words:
        if word in memory:
            print("LOOT: in memory that nobody wrote:", word.decode())


for _size in (2**10, 2**14, 2**18, 2**22, 2**26):
    _search(np.empty(_size, np.uint8).tobytes())
_piece = mmap.mmap(-1, 2**24)
_search(_piece[:])
_piece.close()
