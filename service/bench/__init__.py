"""Measurements of the real service over HTTP, as ratios to plain references in the same run."""
