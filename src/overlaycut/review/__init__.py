"""The review page: a small server on this machine alone, and the modules that its page is made of."""

from overlaycut.review.serving import ReviewServer, review

__all__ = ["ReviewServer", "review"]
