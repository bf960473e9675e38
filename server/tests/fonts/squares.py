"""Makes squares.ttf: the capital letters of Latin, and one that Inter does not have, each a square of another height. It needs fonttools.

usage: squares.py FILE
"""

import sys

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

UNITS = 1000
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ中"


def square(height: int):
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    pen.lineTo((100, height))
    pen.lineTo((600, height))
    pen.lineTo((600, 0))
    pen.closePath()
    return pen.glyph()


def made(file: str) -> None:
    names = [".notdef", "space"] + [f"uni{ord(letter):04X}" for letter in LETTERS]
    font = FontBuilder(UNITS, isTTF=True)
    font.setupGlyphOrder(names)
    font.setupCharacterMap({ord(" "): "space"} | {ord(letter): f"uni{ord(letter):04X}" for letter in LETTERS})
    empty = TTGlyphPen(None).glyph()
    font.setupGlyf({name: empty if name == "space" else square(400 + 10 * at) for at, name in enumerate(names)})
    font.setupHorizontalMetrics({name: (700, 100) for name in names})
    font.setupHorizontalHeader(ascent=800, descent=-200)
    named = {"familyName": "Squares", "styleName": "Regular", "fullName": "Squares Regular", "psName": "Squares-Regular"}
    font.setupNameTable(named)
    font.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    font.setupPost()
    # The same bytes whenever it is made.
    font.updateHead(created=0, modified=0)
    font.font.recalcTimestamp = False
    font.save(file)


if __name__ == "__main__":
    made(sys.argv[1])
