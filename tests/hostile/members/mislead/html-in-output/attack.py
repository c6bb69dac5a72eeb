"""Prints HTML and CSS, which a page shows among its own."""

_TEXT = """</pre><script class=hostile>document.body.innerHTML = '100 / 100'</script>
<!-- hostile --><img src=hostile onerror=alert(1)><meta http-equiv=refresh content=hostile>
<style class=hostile>.score::after { content: '100' }</style><a href='javascript:hostile'>
]]></text></svg><hostile xmlns='x'/>&#60;hostile&#62; &lt;hostile&gt; <hostile"""

print(_TEXT)


def total(x):
    """Print it again."""
    print(_TEXT)
    raise ValueError(_TEXT)
