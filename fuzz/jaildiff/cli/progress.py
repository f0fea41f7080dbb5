"""The progress bar: on a terminal only, on standard error, and gone when the work is done."""

from collections.abc import Callable

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TimeElapsedColumn

from jaildiff.cli.terminal import err


class Words(ProgressColumn):
    """A text about the task, as rich formats it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, task: Task) -> str:
        """The text, which the console makes safe."""
        return self.text.format(task=task)


def progress_bar(*, quiet: bool, before: str = "{task.description}", after: str = "") -> Progress:
    """A bar with a text before and one after it, as rich formats them; none when `quiet`."""
    return Progress(
        Words(before),
        BarColumn(),
        *([Words(after)] if after else []),
        TimeElapsedColumn(),
        console=err,
        disable=quiet or not err.is_terminal,
        transient=True,
    )


def ticking(bar: Progress) -> Callable[[float, str], None]:
    """The function that moves the bar: how much is done, and that in words (its field `status`)."""

    def tick(done: float, status: str) -> None:
        bar.update(bar.task_ids[0], completed=done, status=status)

    return tick
