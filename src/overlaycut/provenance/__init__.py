"""Saying what a file is: the XMP statement, the sheet for whoever uploads it, and signed content credentials.

`stated` appends the XMP box, `sheet` writes down what an upload form asks, `signed` puts content credentials on the
file. The order matters: signing covers every byte before it, so nothing may be written afterwards.
"""

from overlaycut.provenance.certificates import local_certificate
from overlaycut.provenance.credentials import (
    Certificate,
    Credentials,
    Deed,
    Ingredient,
    can_be_ingredient,
    carried_credentials,
    credentials_of,
    require_signing,
    signed,
)
from overlaycut.provenance.upload_sheet import Upload, UploadSheet, sheet_text
from overlaycut.provenance.xmp import SOURCE_TYPES, SourceType, source_type_of, stated

__all__ = [
    "SOURCE_TYPES",
    "Certificate",
    "Credentials",
    "Deed",
    "Ingredient",
    "SourceType",
    "Upload",
    "UploadSheet",
    "can_be_ingredient",
    "carried_credentials",
    "credentials_of",
    "local_certificate",
    "require_signing",
    "sheet_text",
    "signed",
    "source_type_of",
    "stated",
]
