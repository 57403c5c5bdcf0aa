"""Of what encoding a text is, and whether it is one."""

from ftirmix.instrument.types import Unfit


def text_encoding(head: bytes) -> str:
    """Return the encoding of a text of which the first bytes are given.

    Raises:
        Unfit: they are no text, or HTML or XML.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        if b"\0" in head:
            raise Unfit("is neither text nor a known instrument format; export it as CSV, JCAMP-DX or SPC")
        try:
            head[: max(0, len(head) - 4)].decode("utf-8")  # the last character may be cut
            encoding = "utf-8-sig"
        except UnicodeDecodeError:
            encoding = "latin-1"
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
