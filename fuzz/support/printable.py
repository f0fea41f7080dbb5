"""Untrusted text, made safe to show."""


def printable(text: str) -> str:
    r"""The text with all that does not print, line ends too, as escapes such as \n or \u202e."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
