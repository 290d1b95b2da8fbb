"""Draw the shapes of the legend in a PDF, since the fonts that every PDF reader has lack them."""

from fpdf import FPDF

from ror.model.freshness import CLOSED_COLOUR, CLOSED_INK, AgeBand


def draw_shape(paper: FPDF, band: AgeBand | None, x: float, y: float, size: float, ink: str) -> None:
    """Draw the shape of a band, or of a closed unit for None, in a square of `size` mm."""
    right, bottom, middle = x + size, y + size, size / 2
    paper.set_fill_color(ink)
    paper.set_draw_color(ink)
    paper.set_line_width(size / 6)
    match band.shape if band else "⊘":
        case "●":
            paper.circle(x + middle, y + middle, middle, style="F")
        case "■":
            paper.rect(x, y, size, size, style="F")
        case "▲":
            paper.polygon([(x, bottom), (right, bottom), (x + middle, y)], style="F")
        case "✕":
            paper.line(x, y, right, bottom)
            paper.line(x, bottom, right, y)
        case "○":
            paper.circle(x + middle, y + middle, middle * 0.85, style="D")
        case _:
            paper.circle(x + middle, y + middle, middle * 0.85, style="D")
            paper.line(x + middle * 0.4, bottom - middle * 0.4, right - middle * 0.4, y + middle * 0.4)
    paper.set_line_width(0.2)


def draw_badge(paper: FPDF, band: AgeBand | None, x: float, y: float, words: str, width: float) -> None:
    """Draw the shape and the words of a band on its colour, 5 mm high; the band is None for a closed unit."""
    colour, ink = (band.colour, band.ink) if band else (CLOSED_COLOUR, CLOSED_INK)
    paper.set_fill_color(colour)
    paper.rect(x, y, width, 4.6, style="F", round_corners=True, corner_radius=0.8)
    draw_shape(paper, band, x + 1.3, y + 1.1, 2.4, ink)
    at = paper.get_x(), paper.get_y()
    paper.set_font("Helvetica", "B", 8)
    paper.set_text_color(ink)
    paper.set_xy(x + 4, y)
    paper.cell(width - 4, 4.6, words)
    paper.set_xy(*at)
