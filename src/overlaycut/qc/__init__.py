"""Quality control: whether a repair left the rest alone, is steady and reads; and pictures of what was found."""
