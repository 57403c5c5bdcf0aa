"""Of what encoding a text is, and whether it is one."""

from ftirmix.instrument.types import Unfit

# Of UTF-16 without a mark: least share of zeros among every second byte, most among the others.
ZEROS, STRAY = 0.95, 0.001
FEWEST_LETTERS = 20


def text_encoding(head: bytes) -> str:
    """Return the encoding of a text of which the first bytes are given.

    Raises:
        Unfit: they are no text, or HTML or XML.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        encoding = unmarked_utf16(head)
        if b"\0" in head and not encoding:
            raise Unfit("is neither text nor a known instrument format; export it as CSV, JCAMP-DX or SPC")
        encoding = encoding or single_bytes(head)
    start = head.decode(encoding, "replace")[:4000]
    odd = sum(not (sign.isprintable() or sign in "\t\r\n\f\x1a\u00a0\u202f") for sign in start)
    if odd > 0.05 * len(start):
        raise Unfit("is neither text nor a known instrument format; export it as CSV, JCAMP-DX or SPC")
    begins = start.lstrip().lower()
    if begins.startswith(("<!doctype html", "<html")) or "<html" in begins[:1000]:
        raise Unfit("is HTML, a page saved under the name of a table; export the spectrum as CSV")
    if begins.startswith("<?xml"):
        raise Unfit("is XML, not a table of numbers; export the spectrum as CSV")
    return encoding


def unmarked_utf16(head: bytes) -> str:
    """Return which UTF-16 a text is in that has no byte order mark, or an empty string.

    Numbers and most letters of Europe have a zero as one of their two bytes, and never as the other.
    """
    first, second = (head[start::2] for start in (0, 1))
    if len(second) < FEWEST_LETTERS:
        return ""
    zeros = first.count(0) / len(first), second.count(0) / len(second)
    if zeros[0] <= STRAY and zeros[1] >= ZEROS:
        return "utf-16-le"
    return "utf-16-be" if zeros[1] <= STRAY and zeros[0] >= ZEROS else ""


def single_bytes(head: bytes) -> str:
    """Return utf-8-sig, or latin-1 where the bytes are no UTF-8."""
    try:
        head[: max(0, len(head) - 4)].decode("utf-8")  # the last character may be cut
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"
