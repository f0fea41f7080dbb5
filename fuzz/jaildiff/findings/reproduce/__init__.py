"""Findings as tests that others run: a shell script, an ATF test, a pytest test."""
