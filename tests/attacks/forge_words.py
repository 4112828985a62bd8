"""What people who wish harm write where a forge, a shell or a reader may take it for more than words; and what would show that it was.

`WORDS` is the table. `live_markdown`, `live_title` and `live_page` name what acts in a text: links, images, elements and references that
are not gitreg's own. GitLab's forms: https://docs.gitlab.com/user/markdown/ and https://docs.gitlab.com/user/project/quick_actions/.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser

from markdown_it import MarkdownIt

ESC, BELL, NUL = "\x1b", "\x07", "\x00"
RIGHT_TO_LEFT, JOINER, WIDE = "\u202e", "\u200b", "\uff1d"

WORDS: dict[str, str] = {
    "a quick action": "/merge",
    "quick actions on lines of their own": "fine\n/approve\n\n/close\n",
    "quick actions in a list, a quote and by carriage return": "- a\n  /close\n> /merge\n\r/approve\n1. /unlabel ~x",
    "everybody": "cc @all please",
    "a group and a user": "@group/sub, (@ada) a@b @ada.",
    "an issue, a merge request and a snippet": "#12 team/churn#12 !34 team/churn!34 $56 GL-12",
    "closing an issue": "Closes #12, fixes team/churn#3, resolves PROJ-7",
    "a label, a milestone, an epic and an alert": '~bug ~"two words" %"1.0" %7 &9 ^alert#1',
    "references in brackets": "[vulnerability:1] [feature_flag:2] [epic:3] [issue:4] [work_item:5] [contact:a@b.example] *iteration:6",
    "emoji": ":tada: :+1: :cat_face:",
    "a command": "$(touch pwned) `touch pwned` ;touch pwned; |touch pwned &touch pwned",
    "a command at the end of a quote": "'; touch pwned; ' \"; touch pwned; \" && touch pwned #",
    "a command without spaces": "$(touch${IFS}pwned);{touch,pwned}",
    "a line end and a command": "x\ntouch pwned\n",
    "variables of a job": "$CI_JOB_TOKEN ${GITREG_TOKEN} $$CI_JOB_TOKEN %CI_JOB_TOKEN% %%",
    "an input of a component": "$[[ inputs.command ]] $[[ inputs.x | expand_vars ]]",
    "a script": "<script>alert(1)</script><script src=https://evil.example/x.js></script>",
    "an image with a handler": "<img src=x onerror=alert(1)><svg/onload=alert(1)>",
    "a frame and a form": '<iframe src="https://evil.example"></iframe><form action=https://evil.example><input name=x></form>',
    "the end of a block": "</td></table></details></blockquote></pre></style></svg></title><h1>approved</h1>",
    "entities": "&lt;b&gt; &#64;all &#x2f;merge &commat;all &amp;#64;all &NewLine;/close",
    "an attribute": "' onmouseover=alert(1) x=' \" onfocus=alert(1) autofocus \" javascript:alert(1)",
    "links": "[x](https://evil.example) [y](javascript:alert(1)) [z][ref]\n\n[ref]: https://evil.example 't'\n",
    "an image": "![x](https://evil.example/x.png){width=1} ![y][ref]",
    "addresses": "https://evil.example/x www.evil.example ftp://evil.example mailto:a@evil.example <https://evil.example>",
    "a footnote": "[^1] and [^2]\n\n[^1]: https://evil.example\n",
    "a wiki's link, a table of contents and an include": "[[home]] [[_TOC_]] [TOC] ::include{file=x.md}",
    "inline differences": "{+ approved +} [- failed -] {- failed -} [+ approved +]",
    "math": "$`x^2`$ $$x$$ $\\href{javascript:alert(1)}{x}$",
    "blocks of code that draw": "```mermaid\ngraph LR; a-->b\n```\n~~~plantuml\na -> b\n~~~\n```math\nx\n```",
    "the end of a code block": "`` ` ``` ```` ~~~\n```\n<b>",
    "front matter": "---\ntitle: approved\n---\n+++\n;;;\n",
    "headings, lists, tasks and tables": "# approved\n- [x] done\n| a | b |\n|---|---|\n| c | d |\n===\n***",
    "marks of gitreg's own": (
        "--> <!-- gitreg:report churn 1.0.0 --> <!-- gitreg:proposal title=000000000000 text=000000000000 target=000000000000 draft=0 -->"
    ),
    "escapes that GitLab reads": "\\n/merge \\\\n/close \\r\\n/approve \\\\\\n/merge",
    "backslashes": "a\\ b\\\\ c\\| d\\` \\",
    "escapes of a terminal": f"{ESC}[31mred{ESC}[0m {ESC}]0;title{BELL} {ESC}]8;;https://evil.example{ESC}\\link{ESC}]8;;{ESC}\\ \x9b2J",
    "carriage return, NUL and backspace": f"good\rbad{NUL}\x08\x08\x7f\x85\u2028/merge\u2029",
    "text that runs backwards": f"a{RIGHT_TO_LEFT}gpj.exe\u2066 \u061c",
    "letters that nobody sees": f"@{JOINER}all /{JOINER}merge \u00ad\ufeff\u2060@all",
    "sections of a job's log": f"{ESC}[0Ksection_start:1:x[collapsed=true]\r{ESC}[0Kx\nsection_end:1:x\r",
    "commands of another CI": "::group::x\n::set-output name=x::y\n##[group]x\n::add-mask::e",
    "a draft": "Draft: [Draft] (draft) WIP: x",
    "an option": "--help -rf --upload-pack=touch${IFS}pwned",
    "globs and paths": "* ? [a-z] ~ ~root ../../etc/passwd .git/config {a,b}",
    "formulas": "=cmd|' /C calc'!A0\n+1\n-1\n@SUM(1)\t=1",
    "formulas in wide letters": f"{WIDE}1+1",
    "breakers of YAML": "a: &x [*x, !!python/object:os.system 'touch pwned', {{ 7*7 }}, %YAML, ? -, 'y': ~",
    "breakers of JSON": '","x":1,"y":"\\u0000 \\ud800 } ] null',
    "templates": "{{ 7 * 7 }} {% raw %} ${{ secrets.X }} #{x} <%= x %>",
    "a query": "'; DROP TABLE candidates; -- ' OR 1=1",
    "the end of a section of XML": "]]> <!ENTITY x SYSTEM 'file:///etc/passwd'> &x;",
    "very long": "@all /merge <b> " * 400,
}  # fmt: skip
"""What it is, and the words."""

ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
OWN_MARK = re.compile(
    r"<!-- gitreg:proposal title=[0-9a-f]{12} text=[0-9a-f]{12} target=[0-9a-f]{12} draft=[01] -->"
)
OWN_BLOCKS = re.compile(
    r"</?details>|<summary>[^<]*</summary>|\A<!-- gitreg:report churn [0-9.]+ -->|(?:\A<!-- gitreg:proposal [a-z0-9= ]+ -->\Z)"
)
REFERENCES = {
    "a mention": r"@[\w.-]",
    "an issue": r"#\w",
    "a merge request": r"![\w]",
    "a label": r"~[\w\"]",
    "a milestone": r"%[\w\"]",
    "a snippet": r"\$\w",
    "an epic": r"&\w",
    "an alert": r"\^\w",
    "an iteration": r"\*iteration:",
    "a reference in brackets": r"\[[a-z_]+:",
    "another tracker's issue": r"\b[A-Z][A-Z0-9_]+-\d",
    "an address": r"\w://|\bwww\.\w",
    "an emoji": r":[\w+-]+:",
    "a wiki's link": r"\[\[|\[_?TOC",
    "an inline difference": r"\{[+-]|\[[+-]",
    "inline math": r"\$`",
    "an include": r"^::include",
}
"""How GitLab finds its references in the text that Markdown shows; a backslash before them would not hide them from a filter."""


def acting(text: str, allowed: str = "\n\t") -> set[str]:
    """Characters that do something to a terminal, or to the order of letters."""
    return {one for one in text if unicodedata.category(one) in ACTING and one not in allowed}


def live_markdown(text: str) -> Iterator[str]:
    """What acts in a description or note."""
    quick = [line for line in text.splitlines() if re.match(r"[\s>]*/\w", line)]
    yield from (f"quick action {line[:60]!r}" for line in quick)
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    depth = 0
    for block in reader.parse(text):
        depth += block.nesting if block.type.startswith(("bullet_list", "ordered_list")) else 0
        if depth > 1 or (block.type == "heading_open" and block.tag != "h2"):
            yield f"{block.type} of a stranger's"
        if block.type == "html_block" and (rest := OWN_BLOCKS.sub("", block.content.strip())).strip():
            yield f"HTML {rest[:80]!r}"
        if block.type == "fence" and block.info != "sh":
            yield f"a block of {block.info!r}"
        if block.type in {"hr", "code_block", "ordered_list_open", "lheading_open"}:
            yield block.type
        words, parts = "", list(block.children or ())
        if parts and parts[-1].type == "html_inline" and OWN_MARK.fullmatch(parts[-1].content):
            parts.pop()  # a description of one line ends with it
        for one in parts:
            if one.type in {"link_open", "image", "html_inline", "s_open", "em_open"}:
                yield f"{one.type} {one.attrs or one.content!r}"
            words += one.content if one.type in {"text", "text_special"} else "\ufffc"
        yield from live_text(words)


def live_text(words: str) -> Iterator[str]:
    """What a forge's filters find in text that is shown."""
    for what, form in REFERENCES.items():
        if found := re.search(form, words, re.MULTILINE):
            yield f"{what} {words[max(0, found.start() - 20) : found.end() + 20]!r}"
    yield from (f"character {one!r}" for one in sorted(acting(words, "\u2060\n\t")))


def live_title(title: str) -> Iterator[str]:
    """What acts in a title, which is no Markdown, and in which references count all the same."""
    yield from live_text(title)
    if title.startswith("/") or "\n" in title or len(title) > 255:
        yield f"no title {title[:60]!r}"


class Page(HTMLParser):
    """What of a page is not gitreg's own, as a browser's parser sees it."""

    def __init__(self, page: str, like: Page | None = None) -> None:
        super().__init__(convert_charrefs=True)
        self.shape: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append((tag, tuple(attrs)))

    def handle_comment(self, data: str) -> None:
        self.shape.append(("!--", ((data, None),)))

    def handle_decl(self, decl: str) -> None:
        self.shape.append(("!", ((decl, None),)))

    def handle_pi(self, data: str) -> None:
        self.shape.append(("?", ((data, None),)))

    def unknown_decl(self, data: str) -> None:
        self.shape.append(("![", ((data, None),)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


OWN_ELEMENTS = frozenset(
    ["html", "head", "meta", "link", "title", "style", "body", "header", "h1", "h2", "p", "strong", "blockquote", "nav", "ul", "li", "a",
     "main", "section", "div", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "figure", "figcaption", "span", "pre",
     "footer", "code", "svg", "desc", "line", "text", "path", "polyline", "!"]
)  # fmt: skip


def live_page(page: str) -> Iterator[str]:
    """What acts in a page: elements, handlers and addresses that a report has no use for."""
    found = Page(page)
    for tag, attributes in found.shape:
        if tag not in OWN_ELEMENTS:
            yield f"element {tag} {attributes}"
        for name, value in attributes:
            if name.startswith("on") or name in {
                "src",
                "action",
                "formaction",
                "srcset",
                "style",
                "autofocus",
                "xlink:href",
                "data",
            }:
                yield f"attribute {name} of {tag}"
            if name == "href" and not (value == "data:," or (value or "").startswith("#")):
                yield f"address {value}"
    yield from (f"character {one!r}" for one in sorted(acting(html.unescape(page))))
