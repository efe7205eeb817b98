"""Packages of the second door for other languages, made from its schema: `make sdks`."""
