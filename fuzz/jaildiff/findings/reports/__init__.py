"""Findings for people and for CI systems: pages, tables, SARIF, JUnit, annotations."""
