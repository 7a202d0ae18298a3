"""Trained models behind narrow interfaces: the only room that knows onnxruntime and rapidocr.

`rapid_reader` gives a `Reader` that finds and reads lettering, offline, with the models in rapidocr's wheel.
"""

from overlaycut.models.ocr import Found, Reader, Reading, rapid_reader, upright

__all__ = ["Found", "Reader", "Reading", "rapid_reader", "upright"]
