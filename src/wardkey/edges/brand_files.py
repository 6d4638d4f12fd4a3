"""The installation's own brand, whose logo is a file."""

from pathlib import Path

from wardkey.brand.actions import Brands, Picture
from wardkey.brand.logo import BYTES_AT_MOST, read_logo
from wardkey.brand.rules import installation_brand
from wardkey.problems import sentence_of
from wardkey.settings import Settings, WrongSetting
from wardkey.vocabulary import FieldFault


def read_brands(settings: Settings) -> Brands:
    """The brands of this installation, none of an organization known yet; raises WrongSetting where its logo cannot be shown."""
    if not settings.brand_logo:
        return Brands(installation_brand(settings))
    data = _read(settings.brand_logo)
    found = read_logo(data)
    if isinstance(found, FieldFault):
        raise WrongSetting(f"WARDKEY_BRAND_LOGO: {sentence_of(found, 'en')}")
    return Brands(installation_brand(settings, found), Picture(data, found.type, found.digest))


def _read(path: str) -> bytes:
    """The start of a file, enough to tell that it is too large."""
    try:
        with Path(path).open("rb") as file:
            return file.read(BYTES_AT_MOST + 1)
    except (OSError, ValueError):  # not there, not ours to read, or no path at all
        raise WrongSetting("WARDKEY_BRAND_LOGO: needs the path of a PNG, JPEG or WebP file that can be read") from None
