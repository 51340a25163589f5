"""The pure core: formats, hashes, proofs. No clock, environment, randomness, files or sockets."""
