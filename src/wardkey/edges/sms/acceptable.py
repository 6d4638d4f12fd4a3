"""What no service could take, found before anybody is asked."""

import re
from typing import Final

from wardkey.ports import Rejected, Text

E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")  # ITU-T E.164: at most 15 digits


def acceptable(text: Text) -> Text:
    """The same text; raises Rejected where its number is none, or nothing stands in it that could be sent."""
    if not E164.fullmatch(text.to):
        raise Rejected("the number is not in international form")
    try:
        text.body.encode()
    except UnicodeEncodeError:
        raise Rejected("the text cannot be written") from None
    if not text.body.strip():
        raise Rejected("the text is empty")
    return text
