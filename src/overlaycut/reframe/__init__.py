"""A clip in another shape: what is salient, where a virtual camera looks, and the frames that it gives."""
