"""Anchoring: signed checkpoints into the registry, by their deadline, whatever the chain does meanwhile."""
