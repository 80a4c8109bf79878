"""`holdfast serve`: the page on which people look at the items of a queue, on this machine only."""

from __future__ import annotations

import click

from holdfast.cli.output import say


@click.command(short_help="Serve the page on which people review a queue.")
@click.argument("queue")
@click.option(
    "--port",
    type=click.IntRange(min=0, max=65_535),
    default=0,
    metavar="N",
    help="Where it listens, on this machine only. By default a port that is free.",
)
@click.option("--read-only", is_flag=True, help="Show everything, change nothing.")
@click.option(
    "--reviewer",
    "reviewers",
    multiple=True,
    metavar="NAME",
    help="Who reviews; may be given again. By default whoever gives a name.",
)
@click.option("--no-browser", is_flag=True, help="Only print the address; open no browser.")
def serve(queue: str, *, port: int, read_only: bool, reviewers: tuple[str, ...], no_browser: bool) -> int:
    """Serve the page of QUEUE: items, questions, keys, and what was said so far.

    \b
    holdfast serve queue
    holdfast serve queue --reviewer Ada --reviewer Ben

    The address holds a secret: whoever has it on this machine may review. It stops with Ctrl-C; what was shown as saved is saved.
    """  # noqa: D301 - click reads the backspace as "leave these lines as they are"
    from holdfast.reviews.server.run import serving

    with serving(queue, port=port, read_only=read_only, reviewers=reviewers) as page:
        say(page.address)
        say("Stop with Ctrl-C.")
        if not no_browser:
            import webbrowser

            webbrowser.open(page.address)  # it waits at the door: the place is taken already
        try:
            page.run()
        except KeyboardInterrupt:
            say("stopped")
    return 0
