"""Markdown as an HTML page of its own: nothing is loaded from elsewhere, and no text becomes markup or a script."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from jinja2 import Environment
from markdown_it import MarkdownIt

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ title }}</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto; }
th, td { border: 1px solid #8886; padding: .3rem .6rem; text-align: left; vertical-align: top; }
code, pre { font: 14px/1.4 ui-monospace, monospace; background: #8882; border-radius: .2rem; }
code { padding: .1rem .25rem; overflow-wrap: anywhere; }
pre { padding: .8rem; overflow-x: auto; }
pre code { background: none; padding: 0; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #8886; }
</style>
</head>
<body>
{{ body | safe }}
</body>
</html>
"""


def html_page(title: str, markdown: str) -> str:
    """Return a page; HTML in the Markdown is shown as text."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(markdown)
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", re.sub(r"[^\w-]", "", inline.content.lower().replace(" ", "-")))
    body = reader.renderer.render(tokens, reader.options, {})
    # The body alone is safe as it is: the reader has escaped what is in it.
    return Environment(autoescape=True).from_string(_PAGE).render(title=title, body=body)
