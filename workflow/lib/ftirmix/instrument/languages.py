"""German, French and Spanish words for axis and intensity, and what the rules for units know them as."""

import re
import unicodedata

# Long runs of blanks, as damaged files have them, would take every pattern seconds.
_BLANKS = re.compile(r"[^\S\n]{2,}")
# Absorption in per cent is 100 - %T and no absorbance: its values decide. The sign stands near the word; to look for it
# in all of a long line would take a time that grows with the square of its length.
_ENGLISH = tuple(
    (re.compile(words, re.IGNORECASE), english)
    for words, english in (
        (r"wellenzahl(en)?|nombres? d.ondes?|n[úu]meros? de ondas?", "wavenumber"),
        (r"wellenl(ä|ae)ngen?|longueurs? d.ondes?|longitud(es)? de ondas?", "wavelength"),
        (r"mikrometer|microm[èe]tres?|micr[óo]metros?", "micrometre"),
        (r"nanom[èe]tres?|nan[óo]metros?", "nanometre"),
        (r"extinktion|absorption(?!\w|.{0,100}%)|absorci[óo]n(?!.{0,100}%)|extinci[óo]n", "absorbance"),
        (r"durchl(ä|ae)ssigkeit", "transmittance"),
        (r"reflexion(sgrad)?|remission(sgrad)?|r[ée]flexion|r[ée]flectance|reflexi[óo]n", "reflectance"),
        (r"einkanal\w*|mono-?canal|mono-?faisceau|haz simple", "single beam"),
        (r"prozent|pour ?cent|por ciento", "per cent"),
    )
)


def in_english(text: str) -> str:
    """Put the English words for axis and intensity in place of others, however their accents are written."""
    text = _BLANKS.sub(" ", unicodedata.normalize("NFC", text))
    for words, english in _ENGLISH:
        text = words.sub(english, text)
    return text


def foreign_word(text: str) -> str:
    """Return the first word of a text that :func:`in_english` replaces by another, or an empty string."""
    text = unicodedata.normalize("NFC", text)
    found = (words.search(text) for words, _ in _ENGLISH)
    first = min((match for match in found if match), key=lambda match: match.start(), default=None)
    return first[0] if first and in_english(first[0]).lower() != first[0].lower() else ""
