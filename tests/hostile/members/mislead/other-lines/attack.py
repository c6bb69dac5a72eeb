"""Ends lines in all ways there are, and overwrites what stood in them."""

_TEXT = "50/100\r100/100 HOSTILE\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\n\n\n\n::x HOSTILE\x08\x08"
print(_TEXT, end="")
raise SyntaxError(_TEXT, ("small.py\r\n::error::HOSTILE", 1, 1, _TEXT))
