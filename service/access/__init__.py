"""Who may do what, and who sees what: platforms' API keys and service keys, users' shares, arbitrators'
grants, and the record of what these were shown.

A use-case room like `log` and `anchoring`: it imports core, the log's values and its own ports, and knows
neither HTTP nor SQL.
"""
