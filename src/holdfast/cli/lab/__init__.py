"""`holdfast lab`: collapse in a bottle. Published results run again, and worlds with a known truth."""

from __future__ import annotations

import click

from holdfast.cli.lab.bench import bench
from holdfast.cli.lab.collapse import collapse
from holdfast.cli.lab.published import catalogue, run
from holdfast.cli.options import Verbs


@click.group(cls=Verbs)
def lab() -> None:
    """Collapse in a bottle: published results, and your own rows."""


lab.add_command(catalogue)
lab.add_command(run)
lab.add_command(collapse)
lab.add_command(bench)
