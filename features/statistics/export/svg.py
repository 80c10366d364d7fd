"""A chart as SVG, without script and font from elsewhere; dark for those who prefer that."""

from __future__ import annotations

from html import escape
from typing import Final

from meshvisor.features.statistics.export.chart import LABEL, Box, Chart, Text

STYLE: Final = """
svg{font:12px system-ui,sans-serif;--ink:#1b1f24;--soft:#6b7480;--line:#e3e6ea;--page:#fff;
--a:#2f6fdd;--b:#e08a1e}
@media(prefers-color-scheme:dark){svg{--ink:#e9ecf0;--soft:#98a2ae;--line:#2c333b;--page:#14181d;
--a:#6aa0ff;--b:#f2ab4f}}
.page{fill:var(--page)}text{fill:var(--soft)}.title{fill:var(--ink);font-size:17px;font-weight:600}
.line{fill:var(--line)}.a{fill:var(--a)}.b{fill:var(--b)}
"""


def document(chart: Chart) -> str:
    """Return the file's content."""
    drawn = "".join(_box(one) if isinstance(one, Box) else _text(one) for one in chart.shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {chart.width} {chart.height}" '
        f'role="img" aria-label="{escape(chart.title)}"><style>{STYLE}</style>'
        f'<rect class="page" width="{chart.width}" height="{chart.height}"/>{drawn}</svg>\n'
    )


# Private


def _box(box: Box) -> str:
    corners = ' rx="3"' if box.is_round else ""
    opacity = "" if box.opacity == 1 else f' fill-opacity="{box.opacity:.3f}"'
    head = (
        f'<rect class="{box.colour}" x="{box.x:.2f}" y="{box.y:.2f}" width="{box.width:.2f}" '
        f'height="{box.height:.2f}"{corners}{opacity}'
    )
    return f"{head}><title>{escape(box.about)}</title></rect>" if box.about else f"{head}/>"


def _text(text: Text) -> str:
    colour = "" if text.colour == LABEL else f' class="{text.colour}"'
    anchor = ' text-anchor="end"' if text.to_right_end else ""
    return f'<text{colour} x="{text.x:.1f}" y="{text.y:.1f}"{anchor}>{escape(text.text)}</text>'
