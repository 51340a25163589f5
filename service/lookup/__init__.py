"""Evidence lookup: an index of entries by what people ask for, kept beside the log."""
