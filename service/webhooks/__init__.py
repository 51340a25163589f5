"""Webhooks: an outbox of signed messages to platforms (Standard Webhooks)."""
