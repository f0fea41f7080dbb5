"""`jaildiff rules`: what verdicts rest on."""

from dataclasses import asdict
from typing import Any

import click

from jaildiff.cli import console
from jaildiff.cli.kernels_option import Kernels, kernels_option
from jaildiff.cli.options import as_json
from jaildiff.cli.terminal import out, say_json
from jaildiff.differ.comparison import RULEBOOKS
from jaildiff.differ.steps.root_experiment import Echo, RootExperiment
from jaildiff.differ.verdict.rule import Rule
from jaildiff.findings import evidence
from jaildiff.findings.catalogue import BY_ID as CATALOGUE
from jaildiff.findings.story.glossary import GLOSSARY
from jaildiff.kernels.bug_kinds import DEFINITIONS
from jaildiff.kernels.invariants import BY_ID as INVARIANTS
from jaildiff.support.errors import suggestion


@click.group()
def rules() -> None:
    """The rules that judge divergences, and what they rest on."""


@rules.command("list")
@kernels_option
@as_json
def list_rules(kernels: Kernels, as_json: bool) -> int:
    """All rules of a comparison, one line each."""
    found = rules_of(kernels).values()
    if as_json:
        say_json([rule_json(rule) for rule in found])
    else:
        console.show_rules(found)
    return 0


@rules.command()
@click.argument("rule_id", metavar="ID")
@kernels_option
@as_json
def explain(kernels: Kernels, rule_id: str, as_json: bool) -> int:
    """One rule or invariant in full: verdict, reason, reference, witness."""
    if rule_id in INVARIANTS:
        named = CATALOGUE[rule_id]
        if as_json:
            claims = [claim.json() for claim in evidence.about(rule_id)]
            say_json(asdict(named) | {"evidence": claims})
        else:
            console.show_named(named)
            console.show_claims(evidence.about(rule_id))
        return 0
    known = rules_of(kernels)
    if rule_id not in known:
        hint = suggestion(rule_id, [*known, *INVARIANTS])
        message = (
            f"{rule_id!r} is neither a rule of {kernels.comparison.name} nor an invariant{hint}"
        )
        raise click.UsageError(message)
    if as_json:
        say_json(rule_json(known[rule_id]))
    else:
        console.show_rule(known[rule_id])
        console.show_claims(evidence.about(rule_id))
    return 0


@rules.command()
@as_json
def glossary(as_json: bool) -> int:
    """The words that rules, stories and reports use, one sentence each."""
    if as_json:
        say_json({entry.word: entry.meaning for entry in GLOSSARY})
    else:
        console.show_glossary(GLOSSARY)
    return 0


@rules.command()
@as_json
def kinds(as_json: bool) -> int:
    """The kinds of bugs: what each is, an example, and how it differs from the others."""
    if as_json:
        told = {kind: asdict(definition) for kind, definition in DEFINITIONS.items()}
        say_json(told)
    else:
        console.show_kinds(DEFINITIONS)
    return 0


@rules.command("evidence")
@click.argument("about", required=False, default="")
@as_json
def show_evidence(about: str, as_json: bool) -> int:
    """The claims about rules, invariants, deltas and models, with the evidence for each.

    ABOUT is an id or a part of one, such as jail_attach or D5. The recordings are in corpus/traces.
    "disagrees" names the seeded fault whose kernel departs from the recording at that step, or the
    other kernel.
    """
    claims = [claim for claim in evidence.load_claims() if about in claim.about]
    if not claims:
        raise click.UsageError(f"no claim is about {about!r}; run it without to see all claims")
    if as_json:
        say_json([claim.json() for claim in claims])
    else:
        console.show_claims(claims)
        out.say(evidence.summary(claims))
    return 0


def rules_of(kernels: Kernels) -> dict[str, Rule[RootExperiment] | Rule[Echo]]:
    """The rules by id.  Raises UsageError if the comparison has none."""
    compared = kernels.comparison
    if not compared.has_rulebook:
        judged = ", ".join(f"{old},{new}" for old, new in RULEBOOKS)
        raise click.UsageError(f"{compared.name} has no rulebook; there is one for: {judged}")
    return compared.rulebook.by_id


def rule_json(rule: Rule[Any]) -> dict[str, object]:
    """A rule and its evidence for machines."""
    claims = [claim.json() for claim in evidence.about(rule.id)]
    return rule.json() | {"evidence": claims}
