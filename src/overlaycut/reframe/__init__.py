"""A clip in a frame of another aspect ratio: saliency, a virtual camera, and cropping, padding or scaling."""
