"""Guess from a report which steps of a program a finding does not need."""

from jail_kernel.call import JailGet
from jaildiff.differ.diff import Report
from jaildiff.findings.finding import Finding
from jaildiff.programs.program import Program


def spare_steps(program: Program, finding: Finding, report: Report) -> list[set[int]]:
    """Sets of steps that the finding may well show without, the largest first.

    Those that both kernels refuse or that only read, and with them those that differ and are none
    of its causes.
    """
    wanted = {*finding.causes, finding.step}
    idle = {
        step
        for step, (call, answers) in enumerate(zip(program.calls, report.answers, strict=False))
        if isinstance(call, JailGet) or all(answer.errno for answer in answers)
    } - wanted
    apart = {divergence.step for divergence in report.divergences} - wanted
    return [idle | apart, idle]
