"""`jaildiff rules`: by what is judged."""

import click

from fuzz.cli import console
from fuzz.cli.options import as_json
from fuzz.cli.terminal import out, say_json
from fuzz.differ.verdict.landed_patch import BY_ID
from fuzz.findings import evidence
from fuzz.findings.glossary import GLOSSARY


@click.group()
def rules() -> None:
    """The rules by which divergences are judged."""


@rules.command("list")
@as_json
def list_rules(as_json: bool) -> int:
    """All rules, a line each."""
    if as_json:
        say_json([rule_json(rule_id) for rule_id in BY_ID])
    else:
        console.show_rules(BY_ID.values())
    return 0


@rules.command()
@click.argument("rule_id", metavar="ID", type=click.Choice(sorted(BY_ID)))
@as_json
def explain(rule_id: str, as_json: bool) -> int:
    """One rule in full: verdict, reason, reference, witness."""
    if as_json:
        say_json(rule_json(rule_id))
    else:
        console.show_rule(BY_ID[rule_id])
        console.show_claims(evidence.about(rule_id))
    return 0


@rules.command()
@as_json
def glossary(as_json: bool) -> int:
    """The words that rules, stories and reports use, a sentence each."""
    if as_json:
        say_json({entry.word: entry.meaning for entry in GLOSSARY})
    else:
        console.show_glossary(GLOSSARY)
    return 0


@rules.command("evidence")
@click.argument("about", required=False, default="")
@as_json
def show_evidence(about: str, as_json: bool) -> int:
    """What is claimed of rules, invariants, deltas and the models, and what speaks for it.

    ABOUT is an id or a part of one, as jail_attach or D5.  The recordings are in corpus/traces;
    what disagrees with one at the step is a kernel with that seeded fault, or the other kernel.
    """
    claims = [claim for claim in evidence.load() if about in claim.about]
    if not claims:
        raise click.UsageError(f"no claim is about {about!r}; without it all are shown")
    if as_json:
        say_json([claim.json() for claim in claims])
    else:
        console.show_claims(claims)
        out.say(evidence.summary(claims))
    return 0


def rule_json(rule_id: str) -> dict[str, object]:
    """A rule and its evidence for machines."""
    claims = [claim.json() for claim in evidence.about(rule_id)]
    return BY_ID[rule_id].json() | {"evidence": claims}
