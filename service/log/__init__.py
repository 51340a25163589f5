"""Use-cases of one log: prepare events, append them, read and prove what was appended, check the whole."""
