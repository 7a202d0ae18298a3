"""Data and pure arithmetic: nothing here opens a file, decodes a picture or asks a model."""
