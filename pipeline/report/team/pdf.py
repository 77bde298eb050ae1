"""A page of this package as PDF, by WeasyPrint: the same HTML, its print style, nothing fetched."""

from __future__ import annotations

import logging
import re

from pipeline.errors import MissingComponentError

_SVG = re.compile(r"<svg\b[^>]*>")
# WeasyPrint draws an inline SVG without the page's style, so each chart brings its own, in print's colours.
_STYLE = """<style>
.label { font: 11px sans-serif; fill: #4a4742 }
.grid, .track { stroke: #d5d1ca; stroke-width: 1 }
.axis { stroke: #bdb8af; stroke-width: 1 }
.whisker { stroke: #1d5fa6; stroke-width: 2; stroke-opacity: .55 }
.join { stroke: #1d5fa6; stroke-width: 1; stroke-opacity: .45 }
.dot { fill: #1d5fa6; stroke: #fff; stroke-width: 1.5 }
.calls { fill: #bdb8af; fill-opacity: .55 }
.band { fill: #4a4742; fill-opacity: .2 }
.target { fill: #e4f3ea }
.possible { stroke: #6a4e00; stroke-width: 2; stroke-opacity: .7 }
</style>"""


def to_pdf(page: str) -> bytes:
    """Return a page as PDF/UA.

    Parameters
    ----------
    page : str
        As `summary_page` returns it.

    Raises
    ------
    MissingComponentError
        If WeasyPrint, or what it needs of the system, isn't installed.
    """
    try:
        import weasyprint
    except ImportError as error:
        raise MissingComponentError(
            "PDF needs the package weasyprint, which is not installed.",
            "Install it with: pip install 'hearout[pdf]'",
        ) from error
    except OSError as error:  # the package is there, a shared library that it loads isn't
        raise MissingComponentError(
            "PDF needs the library Pango, which is not installed.",
            "Install it with: apt-get install libpango-1.0-0 libpangoft2-1.0-0 (macOS: brew install pango), "
            "or print the HTML from a browser.",
        ) from error
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    charted = _SVG.sub(lambda found: found[0] + _STYLE, page)
    document = weasyprint.HTML(string=charted, url_fetcher=_refuse)
    content: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    return content


def _refuse(url: str, *_: object, **__: object) -> dict[str, object]:
    raise ValueError(f"a page loads nothing, not {url[:40]}")
