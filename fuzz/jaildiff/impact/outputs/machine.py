"""An impact as plain values, for JSON."""

from dataclasses import asdict

from jaildiff.impact.describe.findings import Impact


def impact_json(told: Impact) -> dict[str, object]:
    """All that is told of one configuration."""
    findings = [
        asdict(one) | {"places": list(map(str, one.places)), "instead": list(one.instead)}
        for one in told.findings
    ]
    return {
        "configuration": told.title,
        "kernels": list(told.kernels),
        "summary": told.summary,
        "affected": bool(told.findings),
        "findings": findings,
        "jails": told.jails,
        "lifecycles": told.lifecycles,
        "commands": told.commands,
        "tried": told.tried,
        "not_modelled": told.not_modelled,
        "not_starting": [f"{name} ({said})" for name, said in told.not_starting.items()],
        "remarks": told.remarks,
        "errors": [str(error) for error in told.errors],
    }
