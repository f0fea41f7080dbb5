"""`jaildiff rules`: by what is judged."""

import json

import click

from fuzz import console
from fuzz.commands.common import as_json
from fuzz.glossary import GLOSSARY
from fuzz.rules import BY_ID


@click.group()
def rules() -> None:
    """The rules by which divergences are judged."""


@rules.command("list")
@as_json
def list_rules(as_json: bool) -> int:
    """All rules, a line each."""
    if as_json:
        click.echo(json.dumps([rule.json() for rule in BY_ID.values()]))
    else:
        console.show_rules(BY_ID.values())
    return 0


@rules.command()
@click.argument("rule_id", metavar="ID", type=click.Choice(sorted(BY_ID)))
@as_json
def explain(rule_id: str, as_json: bool) -> int:
    """One rule in full: verdict, reason, reference, witness."""
    rule = BY_ID[rule_id]
    if as_json:
        click.echo(json.dumps(rule.json()))
    else:
        console.show_rule(rule)
    return 0


@rules.command()
@as_json
def glossary(as_json: bool) -> int:
    """The words that rules, stories and reports use, a sentence each."""
    if as_json:
        click.echo(json.dumps({entry.word: entry.meaning for entry in GLOSSARY}))
    else:
        console.show_glossary(GLOSSARY)
    return 0
