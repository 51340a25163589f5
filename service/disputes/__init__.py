"""Cases: disputes and their clock, evidence bundles, certificates, erasure."""
