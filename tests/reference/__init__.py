"""Naive transcriptions of the specifications: slow, literal, and independent of `service`. The oracles."""
