"""The chain's edge: JSON-RPC nodes, the registry contract, keys that pay gas, the embedded node, network
files.
"""
