"""Elements of HTML by what they are to a reader: blocks, without content, verbatim, left out, of a kind."""

from __future__ import annotations

from tqcheck.text.document import BlockKind

BLOCK_TAGS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "frameset",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "listing",
        "main",
        "menu",
        "nav",
        "noscript",
        "ol",
        "optgroup",
        "option",
        "p",
        "plaintext",
        "pre",
        "search",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
        "xmp",
    ]
)
"""Elements that begin and end a block of text."""

VOID = frozenset(
    [
        "area",
        "base",
        "basefont",
        "bgsound",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "keygen",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
# The content of these is not markup; it ends at the first end tag of the same name, or with the page.
RAW = frozenset(["script", "style", "title", "textarea", "noscript", "iframe", "noembed", "noframes", "xmp"])
LEFT_OUT = frozenset(
    [
        "nav",
        "footer",
        "aside",
        "button",
        "select",
        "pre",
        "listing",
        "dialog",
        "template",
        "svg",
        "rt",
        "rp",
        "datalist",
        "map",
        "code",
        "kbd",
        "samp",
        "math",
        "video",
        "audio",
        "object",
        "canvas",
        "applet",
    ]
)
# What stands in a sentence as a word does, though it is left out.
STANDS_IN = frozenset(
    [
        "code",
        "kbd",
        "samp",
        "math",
        "video",
        "audio",
        "object",
        "canvas",
        "iframe",
        "select",
        "textarea",
        "embed",
        "input",
    ]
)
KINDS: dict[str, BlockKind] = dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading")
KINDS |= {
    "li": "list-item",
    "dt": "list-item",
    "dd": "list-item",
    "blockquote": "quotation",
    "td": "cell",
    "th": "cell",
}
KINDS |= {"figcaption": "caption", "caption": "caption"}
