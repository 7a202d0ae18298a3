"""Which pixels are lettering, and in which colours it is drawn."""
