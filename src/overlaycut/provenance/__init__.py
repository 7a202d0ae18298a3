"""Provenance of a file: XMP source type, an upload sheet, and signed content credentials.

`embed_xmp` appends the XMP box, `UploadSheet` lists what an upload form asks, `sign` adds content credentials. Signing
comes last: it covers every byte, so nothing may be written afterwards.
"""

from overlaycut.provenance.certificates import local_certificate
from overlaycut.provenance.credentials import (
    Action,
    Certificate,
    Credentials,
    Ingredient,
    can_be_ingredient,
    carried_credentials,
    credentials_of,
    require_signing,
    sign,
)
from overlaycut.provenance.upload_sheet import AiFlag, Upload, UploadSheet, upload_sheet_text
from overlaycut.provenance.xmp import SOURCE_TYPES, SourceType, embed_xmp, source_type_of

__all__ = [
    "SOURCE_TYPES",
    "Action",
    "AiFlag",
    "Certificate",
    "Credentials",
    "Ingredient",
    "SourceType",
    "Upload",
    "UploadSheet",
    "can_be_ingredient",
    "carried_credentials",
    "credentials_of",
    "embed_xmp",
    "local_certificate",
    "require_signing",
    "sign",
    "source_type_of",
    "upload_sheet_text",
]
