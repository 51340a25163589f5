"""A platform's view of its own log: /console, behind a sign-in with its API key.

Everything shown and done here goes through the handlers of the API, asked in this process as the platform
that signed in (`desk`): the same checks, limits and answers as over HTTP.
"""
