"""Pages and the verifier that runs in them."""
