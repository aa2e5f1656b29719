"""How Sphinx makes the book. Its sources are the Markdown pages where they lie, here and beside the code, as the forge shows them too.

docs/index.md is the table of contents: its lists are what is on the left of every page. Every `pusher_...` and `PUSHER_...` in code
type that the reference knows becomes a link to it; one that nothing knows is a warning, and so an error.
"""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

ROOT = Path(__file__).resolve().parent.parent.parent
TAGS = os.environ.get("PUSHERWS_TAGS")
log = logging.getLogger(__name__)

project = "pusherws"
author = "the authors of pusherws"
release = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]  # type: ignore[index]
html_title = f"pusherws {release}"
html_theme = "furo"
html_show_copyright = False
html_show_sourcelink = False
html_copy_source = False
html_use_index = False

extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "docs/*.md",
    "bindings/*/README.md",
    "devserver/README.md",
    "benches/README.md",
    "fuzz/README.md",
]
exclude_patterns = ["target", ".tools", ".git", "dist", "**/node_modules", "fuzz/target", "fuzz/corpus"]
# As the forge makes them of headings.
myst_heading_anchors = 4
highlight_language = "none"
# The logo and the like are looked for beside this file.
templates_path: list[str] = []


def contents(app: Sphinx, docname: str, source: list[str]) -> None:
    """Adds the tables of contents to docs/index.md: a section's list is one."""
    if docname != root_doc:
        return
    listed = set()
    tables = ""
    for section in re.split(r"^## ", source[0], flags=re.M)[1:]:
        links = re.findall(r"^- \[(.+?)\]\((.+?)\.md\)", section, re.M)
        listed |= {os.path.normpath("docs/" + path) for _, path in links}
        tables += table(section.splitlines()[0], [f"{title} </{os.path.normpath('docs/' + path)}>" for title, path in links])
    more = sorted(page for page in app.env.found_docs if page not in listed | {root_doc})
    if more:
        tables += table("More", [f"/{page}" for page in more])
    # Not a page of Sphinx's: scripts/make-docs.sh lays it beside the book.
    source[0] += "\n```{raw} html\n<p><a href='../../reference/index.html'>The reference of the C API</a></p>\n```\n" + tables


def table(caption: str, entries: list[str]) -> str:
    return "\n```{toctree}\n:hidden:\n:caption: " + caption + "\n\n" + "\n".join(entries) + "\n```\n"


def reference() -> dict[str, str]:
    """Where each name of the C API is in the reference."""
    if TAGS is None:
        return {}
    places = {}
    tree = ElementTree.parse(TAGS)
    for compound in tree.iter("compound"):
        if compound.get("kind") == "struct":
            places[compound.findtext("name", "")] = compound.findtext("filename", "")
    for member in tree.iter("member"):
        name = member.findtext("name", "")
        if name.lower().startswith("pusher_") and (anchor := member.findtext("anchor")):
            places.setdefault(name, f"{member.findtext('anchorfile')}#{anchor}")
    for value in tree.iter("enumvalue"):
        places[value.text or ""] = f"{value.get('anchorfile')}#{value.get('anchor')}"
    return places


def known_names() -> set[str]:
    """All names of this kind in the sources: environment variables, metrics for Prometheus, what bindings have."""
    found: set[str] = set()
    for pattern in ["include/*.h", "src/**/*.rs", "bindings/**/*.p*", "examples-c/*.h", "docs/examples/*"]:
        for path in ROOT.glob(pattern):
            if path.is_file():
                found.update(re.findall(r"\bpusher_\w+", path.read_text(errors="ignore"), re.I))
    # The names of metrics have their prefix put before them.
    found.update(f"pusher_{name}" for name in re.findall(r'"([a-z_]+)"', (ROOT / "src/client/prometheus.rs").read_text()))
    return found


def link_names(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    places: dict[str, str] = app.env.pusherws_places  # type: ignore[attr-defined]
    names: set[str] = app.env.pusherws_names  # type: ignore[attr-defined]
    up = "../" * (docname.count("/") + 1)
    for literal in list(doctree.findall(nodes.literal)):
        text = literal.astext()
        for name in re.findall(r"\b(?:pusher|PUSHER)_\w+(?![\w*…]|\.\.\.)", text):
            if not name.endswith("_") and name not in names:
                log.warning("%s is no name of the C API", name, location=literal)
        name = text.removesuffix("()")
        if name in places and not isinstance(literal.parent, nodes.reference):
            link = nodes.reference("", "", refuri=f"{up}reference/{places[name]}", internal=True)
            literal.replace_self(link)
            link += literal


def link_folders(app: Sphinx, doctree: nodes.document) -> None:
    """Folders are no pages: they stay words. That they are there is checked here."""
    for link in list(doctree.findall(lambda node: node.tagname == "pending_xref" and node.get("reftype") == "myst")):
        target = unquote(link["reftarget"])
        if "#" not in target and (Path(app.srcdir) / Path(app.env.docname).parent / target).is_dir():
            link.replace_self(nodes.inline("", "", *link.children))


def prepare(app: Sphinx, *_: Any) -> None:
    app.env.pusherws_places = reference()  # type: ignore[attr-defined]
    app.env.pusherws_names = known_names()  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("env-before-read-docs", prepare)
    app.connect("source-read", contents)
    app.connect("doctree-read", link_folders)
    app.connect("doctree-resolved", link_names)
    return {"parallel_read_safe": False, "parallel_write_safe": False}
