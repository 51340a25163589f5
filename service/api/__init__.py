"""The HTTP edge: FastAPI routers over the use-cases of `log`, `access` and `anchoring`. Wired by
`service.bootstrap`.
"""
