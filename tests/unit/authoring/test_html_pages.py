"""Markdown as HTML pages."""

from html.parser import HTMLParser

from routeiq.authoring.html_pages import html_page


def tags(page):
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append((tag, dict(attrs)))

    Reader().feed(page)
    return found


def test_tables_headings_and_code_are_html():
    page = html_page("One", "## A b\n\n| a |\n| --- |\n| `x` |\n\n```yaml\na: 1\n```\n")
    assert ("h2", {"id": "a-b"}) in tags(page)
    assert "<td><code>x</code></td>" in page
    assert "a: 1\n</code></pre>" in page


def test_no_text_becomes_markup_or_a_script():
    page = html_page("<script>1</script>", "<script>2</script> <img src=x onerror=3> [x](javascript:4)\n\n`<i>`")
    assert {tag for tag, _ in tags(page)} <= {"html", "head", "meta", "title", "style", "body", "p", "code"}
    assert "&lt;script&gt;2" in page


def test_nothing_is_loaded_from_elsewhere():
    found = tags(html_page("One", "text"))
    assert not [tag for tag, attributes in found if {"src", "href"} & attributes.keys()]
    assert any("default-src 'none'" in (attributes.get("content") or "") for _, attributes in found)
