"""Raises and prints Markdown: headings, tables, pictures that report who looks."""

_TEXT = """# Score: 100 / 100

| check | points |
|---|---|
| all | 100 |

![seen](https://hostile.example/seen.png) [details](javascript:hostile)
<details open hostile><summary>hostile</summary>

```
```html
<img src=hostile>
```
`</code><img src=hostile>` ``<b hostile>`` `a\\`<b hostile>`
[1]: https://hostile.example "x"
@everyone $\\href{javascript:hostile}{x}$ ~~50~~ **100**
"""

print(_TEXT)


def total(x):
    """Raise it."""
    raise ValueError(_TEXT)


def apply(function, x):
    """Raise a part in which code is marked."""
    raise ValueError("`</code><img src=hostile>` and `<b hostile>`")
