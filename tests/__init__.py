"""Tests. A package, so that the oracles in `tests.reference` can be imported by name."""
