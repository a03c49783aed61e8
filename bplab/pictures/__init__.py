"""Diagrams and plots: numbers in, an SVG string out. Every picture says in words what it shows."""
