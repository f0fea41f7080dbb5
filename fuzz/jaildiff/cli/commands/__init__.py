"""A module for each command; a command is loaded when it is called."""

COMMANDS = {
    "bench": "Measure speeds in one run, beside Hypothesis and Atheris.",
    "campaign": "Fuzz with many workers until you stop it; go on where it was.",
    "conform": "Replay recordings of a real kernel on a model.",
    "designs": "Compare the designs that the review discussed.",
    "explore": "Try every program of a small universe.",
    "fuzz": "Generate programs, compare two kernels, judge what differs.",
    "impact": "Say what changes from FreeBSD 14 to 15 for your own jails.",
    "judge": "Say which kernel was recorded, or what is wrong with it.",
    "kernels": "List the kernels that can be compared.",
    "merge": "Keep the fewest programs that show everything.",
    "minimize": "Shorten a program that shows a finding.",
    "record": "Perform programs with the real system calls of FreeBSD.",
    "report": "Sum up a folder of findings for people.",
    "reproduce": "Write a finding as a test for others.",
    "rules": "Show the rules that judge divergences.",
    "run": "Show programs side by side, op by op.",
    "sandbox": "Run a command whose jail calls a model answers.",
    "selftest": "Seed faults, and check that each is noticed.",
    "triage": "Write or check the baseline of known mistakes.",
    "upstream": "Bundle the known mistakes for the kernel's developers.",
}
"""What each command does, in a line for `jaildiff --help`."""
