"""Who may do what: API keys of platforms, and the service keys that platforms register.

A use-case room like `log` and `anchoring`: it imports core and its own ports, and knows neither HTTP nor SQL.
"""
