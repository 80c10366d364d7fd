"""A report as a page: HTML and SVG, without anything from outside."""
