"""Which pixels are lettering, in one picture and over time, and in which colours it is drawn."""
