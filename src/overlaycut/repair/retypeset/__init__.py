"""Words rendered in the place of the original lettering."""
