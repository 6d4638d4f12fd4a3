"""The emailed links that two tags of the API share: how their tokens are sent, and why one opens nothing."""

from typing import Annotated, Final, TypeAlias

from msgspec import Meta

Token: TypeAlias = Annotated[
    str,
    Meta(max_length=1_000, description="The last part of the link in the message; sent in a body since addresses are logged."),
]
LINK_PROBLEMS: Final = ("link_unknown", "link_used", "link_expired", "link_replaced")
