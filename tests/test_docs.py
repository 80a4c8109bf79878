"""The documentation, run: every command and every program on a page does what the page says."""

import importlib.util
import json
import os
import re
import shutil
from pathlib import Path

import click
import pytest

import holdfast
from holdfast.cli import cli

ROOT = Path(__file__).parent.parent
_SPEC = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
generate = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(generate)

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("docs/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
)
# Flags of other programs that pages show: gh, pytest and docs/generate.py.
FOREIGN = {"--body-file", "-m", "--demo"}
# Where the flags of a verb are documented, in the first column of a table.
HOME = {
    "audit": "audit.md",
    "anchor freeze": "anchor.md",
    "anchor show": "anchor.md",
    "anchor verify": "anchor.md",
    "anchor diff": "anchor-diff.md",
    "selftest": "selftest.md",
}
HOME["demo"] = "demo.md"
HOME["store"] = "scale.md"
HOME["lab bench"] = "lab.md"
HOME |= dict.fromkeys(("lab list", "lab run"), "laboratory.md")
HOME["lab collapse"] = "collapse.md"
HOME |= dict.fromkeys(("gold add", "gold promote", "gold list"), "anchor.md")
HOME |= {
    "curate": "curate.md",
    "generate": "generation.md",
    "plan": "plan.md",
    "blend": "blend.md",
    "export": "export.md",
}
HOME |= dict.fromkeys(
    ("init", "diff", *(f"cycle {verb}" for verb in ("run", "resume", "status", "log", "approve", "reject"))),
    "cycles.md",
)
HOME |= dict.fromkeys(("cycle waive", "cycle rollback", "cycle restore", "cycle gc"), "cycles.md")
HOME |= {"evaluate": "evaluate.md", "history": "history.md"}
HOME |= {
    "winrate": "preferences.md",
    "voice drift": "voice.md",
    "voice brand": "voice.md",
    "reward": "reward.md",
}
HOME |= dict.fromkeys(("review draw", "review status"), "review.md")
HOME["serve"] = "serve.md"
HOME |= dict.fromkeys(
    tuple(f"review {verb}" for verb in ("results", "apply", "gold", "approve", "reject", "export", "import")),
    "review-results.md",
)
HOME |= dict.fromkeys(("tag", "trace", "lineage summary", "lineage sql", "lineage attribute"), "lineage.md")


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def ready(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "ready"
    folder.mkdir()
    generate.prepare(folder)
    return folder


@pytest.fixture(scope="module")
def answered(tmp_path_factory) -> Path:
    """Where audits of the example data are kept. Half of the pages ask the same: it is computed once, by whichever worker comes first."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "docs-answered"


@pytest.mark.parametrize("page", generate.BY_HAND)
def test_every_command_and_program_does_what_the_page_says(page, ready, answered, tmp_path):
    folder = shutil.copytree(ready, tmp_path / "page")
    assert generate.run_page(text_of(page), folder, answered) == text_of(page), "run: python docs/generate.py"


def test_pages_are_known():
    assert {page for page in PAGES if page.startswith("docs/")} <= {*generate.BY_HAND, *generate.pages()}


@pytest.mark.parametrize(
    "path",
    [
        "docs/measures.md",
        "docs/preference-measures.md",
        "docs/causes.md",
        "docs/json.md",
        "docs/audit-1.schema.json",
    ],
)
def test_generated_pages_are_current(path):
    assert text_of(path) == generate.pages()[path], "run: python docs/generate.py"


def verbs(command=cli, name=""):
    if isinstance(command, click.Group):
        context = click.Context(command)
        for verb in command.list_commands(context):
            yield from verbs(command.get_command(context, verb), f"{name} {verb}".strip())
    else:
        yield name, command


def flags_of(command) -> set[str]:
    context = click.Context(command, help_option_names=["-h", "--help"])
    return {
        flag
        for option in command.get_params(context)
        if isinstance(option, click.Option)
        for flag in (*option.opts, *option.secondary_opts)
    }


@pytest.mark.parametrize(("verb", "command"), list(verbs()), ids=[verb for verb, _ in verbs()])
def test_every_flag_is_documented(verb, command):
    page = text_of(f"docs/{HOME[verb]}")
    documented = set(re.findall(r"`(--?[a-z][a-z-]*)", page))
    assert flags_of(command) - documented == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_flag_on_a_page_exists(page):
    known = {flag for _, command in verbs() for flag in flags_of(command)} | {"--version"}
    code = re.findall(r"`([^`\n]+)`", text_of(page)) + re.findall(
        r"^holdfast .*|^ +--.*", text_of(page), re.MULTILINE
    )
    used = {flag for piece in code for flag in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", piece)}
    assert used - known - FOREIGN == set()


def test_shown_commands_parse():
    """Commands that are not run, in blocks of YAML for example, name verbs and flags that exist."""
    known = dict(verbs())
    for page in PAGES:
        for line in re.findall(r"^\s*- (?:run: )?(holdfast .*(?:\n\s+--.*)*)", text_of(page), re.MULTILINE):
            words = line.split()[1:]
            verb = words[0] if words[0] in known else " ".join(words[:2])
            flags = {word.partition("=")[0] for word in words if word.startswith("-")}
            assert flags <= flags_of(known[verb]), line


def test_every_public_name_is_documented():
    page = text_of("docs/python.md")
    assert [name for name in holdfast.__all__ if not re.search(rf"\b{name}\b", page)] == []


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if target.startswith("https://"):
            continue
        path, _, part = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.exists(), target
        if part:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert part in map(slug, headings), target


@pytest.mark.parametrize("page", PAGES)
def test_no_page_names_a_machine(page):
    assert not re.search(r"(?<![\w.])/(home|root|tmp|work|Users|mnt)/", text_of(page))


def test_outputs_are_the_same_up_to_a_tenth():
    assert generate.same("51 % of 1,500 rows", "50 % of\n1,500 rows")
    assert not generate.same("51 % of rows", "44 % of rows")
    assert not generate.same("3 strata lost", "3 strata thinned")
    assert not generate.same("0 rows", "1 rows")


def test_a_wrong_exit_code_is_an_error(tmp_path):
    page = "<!-- exit: 1 -->\n```sh\nholdfast --version\n```\n"
    with pytest.raises(generate.DocumentationError, match="exits 0, not 1"):
        generate.run_page(page, tmp_path)


def test_the_figures_of_detectors_in_the_readme_are_those_of_the_run():
    found = json.loads((ROOT / "benchmarks/results/bench.json").read_text())["detectors"]
    names = {
        "holdfast": "holdfast",
        "Evidently, MMD": "evidently:mmd",
        "MAUVE": "mauve",
        "χ² test of labels": "label chi-squared",
        "Vendi score": "vendi",
    }
    rows = [line.strip("| ").split(" | ") for line in (ROOT / "README.md").read_text().splitlines()]
    told = {row[0]: row[1:] for row in rows if row[0] in names and len(row) == 4}
    assert set(told) == set(names)
    for name, (worst, agrees, alarms) in told.items():
        card = found[names[name]]
        power = next(power for power in card["power"] if power["harm"] == 0.1)
        assert worst == f"{power['worst_share']:.0%}".replace("%", " %")
        assert agrees == f"{card['correlation']['pooled']:.2f}".lstrip("0")
        rule = card["false_alarms"]
        assert alarms == ("has no rule" if rule is None else f"{rule[0]} of {rule[1]:,}")


def test_the_table_of_diagnoses_is_that_of_the_run(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from agreement import diagnosed

    text = diagnosed.PAGE.read_text(encoding="utf-8")
    assert diagnosed.page(text, json.loads(diagnosed.RESULTS.read_text())) == text
