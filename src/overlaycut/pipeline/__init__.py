"""Named steps, their artifacts, the store that keeps them, events and cancellation."""
